"""requirements.txt pins exact versions: direct dependencies, each with a reason, and all indirect ones."""

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.__main__ import BORROWED
from tests.rules.house import ROOT

PIN = re.compile(r"^(?P<name>[\w.-]+)(\[[\w,]+\])?==(?P<version>[\w.]+)(\s+# \S.*)?$")


def _lines(file: str) -> list[str]:
    return [
        line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("#", "-r "))
    ]


def _blocks() -> tuple[list[str], list[str]]:
    own, _line, borrowed = (ROOT / "requirements.txt").read_text().partition(BORROWED)
    first, second = ([line for line in block.splitlines() if PIN.match(line)] for block in (own, borrowed))
    assert len(first) + len(second) == len(_lines("requirements.txt")), "a line is no exact pin"
    return first, second


def _brought_along(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> Iterator[str]:
    """Return the installed packages that a pin requires, without the pin itself."""
    if (name, extras) in seen:
        return
    seen.add((name, extras))
    for line in metadata.requires(name) or []:
        need = Requirement(line)
        if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        yield canonicalize_name(need.name)
        yield from _brought_along(canonicalize_name(need.name), frozenset(need.extras), seen)


def _names(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line.split("#")[0]).name) for line in lines}


def test_every_own_pin_has_a_reason() -> None:
    own, _borrowed = _blocks()

    assert [line for line in own if not line.partition("#")[2].strip()] == []


def test_all_that_the_pins_bring_along_is_pinned_and_nothing_else() -> None:
    own, borrowed = _blocks()
    needs = [Requirement(line.split("#")[0]) for line in own]

    brought = {
        name
        for need in needs
        for name in _brought_along(canonicalize_name(need.name), frozenset(need.extras), set())
    }

    assert brought - _names(own) == _names(borrowed)


def test_what_is_installed_is_what_is_pinned() -> None:
    own, borrowed = _blocks()
    pins = [PIN.match(line) for line in (*own, *borrowed, *_lines("tests/requirements.txt"))]

    wrong = {
        pin["name"]: metadata.version(pin["name"])
        for pin in pins
        if pin and metadata.version(pin["name"]) != pin["version"]
    }

    assert len(pins) > 40
    assert wrong == {}


def test_the_packages_that_were_asked_for_are_there() -> None:
    own, _borrowed = _blocks()
    tools = _names(_lines("tests/requirements.txt"))
    asked = {"flask", "google-auth", "google-api-python-client", "sqlalchemy", "rq", "redis", "httpx"}

    assert asked <= _names(own)
    assert "pytest" in tools
