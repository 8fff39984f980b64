"""Every command that docs/tasks.md and docs/guide.md promise is answered by the running product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.browser.live import DEALS, live
from tests.customers import ADA
from tests.scenarios.week.one_process import Product
from tests.scenarios.week.world import REFUSED
from tests.stack import ROOT

PAGES: Final = ("tasks.md", "guide.md")
SAID: Final = [
    (page, words)
    for page in PAGES
    for words in re.findall(r"`(/pipenotify[^`]*)`", (ROOT / "docs" / page).read_text())
]
IMAGES: Final = re.findall(r"\]\((images/[^)]+)\)", (ROOT / "docs" / "guide.md").read_text())
RULES: Final = [{"name": "Wins", "on": "deal.won", "to": [DEALS]}]
NOT_UNDERSTOOD: Final = ("Did you mean", "I do not know", "Meintest du")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Product]:
    with live(tmp_path_factory.mktemp("tasks"), migrated_sqlite, RULES) as running:
        running.play.pipedrive.do("win_deal", id=1)
        yield running


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_enough_commands(page: str) -> None:
    assert len({words for each, words in SAID if each == page}) > 15


def test_the_pictures_of_the_guide_are_there() -> None:
    assert len(IMAGES) > 2
    assert [each for each in IMAGES if not (ROOT / "docs" / each).is_file()] == []


@pytest.mark.parametrize(("page", "words"), SAID)
def test_what_a_page_says_is_answered(product: Product, page: str, words: str) -> None:
    answered = product.play.say(DEALS, ADA, words)
    if answered["kind"] == "dialog":
        product.play.close_dialog(ADA)
    assert answered["kind"] in ("message", "dialog"), f"{page}: {answered}"
    assert REFUSED not in str(answered)
    assert not any(each in str(answered) for each in NOT_UNDERSTOOD), answered
