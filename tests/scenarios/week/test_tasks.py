"""Every command that docs/tasks.md promises to a newcomer is answered by the running product."""

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

PAGE: Final = (ROOT / "docs" / "tasks.md").read_text()
SAID: Final = re.findall(r"`(/pipenotify [^`]+)`", PAGE)
RULES: Final = [{"name": "Wins", "on": "deal.won", "to": [DEALS]}]
NOT_UNDERSTOOD: Final = ("Did you mean", "I do not know", "Meintest du")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Product]:
    with live(tmp_path_factory.mktemp("tasks"), migrated_sqlite, RULES) as running:
        running.play.pipedrive.do("win_deal", id=1)
        yield running


def test_the_page_names_enough_commands() -> None:
    assert len(set(SAID)) > 15


@pytest.mark.parametrize("words", SAID)
def test_what_the_page_says_is_answered(product: Product, words: str) -> None:
    answered = product.play.say(DEALS, ADA, words)
    if answered["kind"] == "dialog":
        product.play.close_dialog(ADA)
    assert answered["kind"] in ("message", "dialog"), answered
    assert REFUSED not in str(answered)
    assert not any(each in str(answered) for each in NOT_UNDERSTOOD), answered
