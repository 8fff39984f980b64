"""The changelog and the version say the same."""

import re
from datetime import date
from itertools import pairwise

from bot.version import VERSION
from tests.rules.house import ROOT

HEADING = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _text() -> str:
    return (ROOT / "docs/CHANGELOG.md").read_text()


def test_the_present_version_has_a_section_below_what_is_unreleased() -> None:
    (first, no_day), (second, day), *_ = HEADING.findall(_text())

    assert (first, no_day) == ("Unreleased", "")
    assert second == VERSION
    assert date.fromisoformat(day) >= date(2026, 11, 30)


def test_versions_and_days_go_back() -> None:
    released = [
        (tuple(map(int, version.split("."))), date.fromisoformat(day))
        for version, day in HEADING.findall(_text())[1:]
    ]

    assert all(newer[0] > older[0] and newer[1] >= older[1] for newer, older in pairwise(released))


def test_what_changed_is_of_a_known_kind() -> None:
    assert set(re.findall(r"^### (.+)$", _text(), re.MULTILINE)) <= KINDS
    assert re.findall(r"^## (?!\[)", _text(), re.MULTILINE) == []
