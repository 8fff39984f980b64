"""A first step is done when what it promises has happened, and stays done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from web.playground.chat.store import APP, StoredMessage
from web.playground.first_steps import FirstSteps
from web.playground.people import ADA
from web.playground.play import Playground

SPACE = "spaces/AAAA"


class Newcomer:
    """Somebody before a fresh playground whose app is played by the test."""

    def __init__(self) -> None:
        self.play = Playground()
        self.has_rule = False
        self.steps = FirstSteps(self.play, lambda: self.has_rule)

    def done(self) -> list[str]:
        return [name for name, is_done in self.steps().items() if is_done]

    def post(self, content: dict[str, Any], **more: Any) -> StoredMessage:
        store = self.play.chat.store
        return store.post(store.spaces[SPACE], more.pop("sender", APP), content, **more)


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    made = Newcomer()
    yield made
    made.play.close()


def test_they_are_told_in_the_order_of_the_readme(newcomer: Newcomer) -> None:
    assert list(newcomer.steps()) == ["typed", "ruled", "won"]
    assert newcomer.steps() == {"typed": False, "ruled": False, "won": False}


def test_a_win_counts_only_once_its_card_is_there_for_everybody(newcomer: Newcomer) -> None:
    newcomer.post({"text": "New deal: Globex renewal"}).created = "2026-01-01T10:00:00.000000Z"
    newcomer.play.pipedrive_do("win_deal", id=1)
    newcomer.post({"text": "Globex renewal"}, viewer=ADA.name)
    newcomer.post({"text": "Pipenotify is not responding, Globex renewal"}, error=True)
    newcomer.post({"text": "I won Globex renewal"}, sender=ADA.resource())
    newcomer.post({"text": "Another deal"})
    assert newcomer.done() == []
    newcomer.post({"text": "Globex renewal: Deal won"})
    assert newcomer.done() == ["won"]


def test_a_card_is_known_by_its_link_where_its_title_is_written_otherwise(newcomer: Newcomer) -> None:
    deal = newcomer.play.pipedrive_do("create_deal", title="<b>Bold</b>")
    newcomer.play.pipedrive_do("win_deal", id=deal["id"])
    newcomer.post({"cardsV2": [{"url": f"https://acme.pipedrive.com/deal/{deal['id']}"}]})
    assert newcomer.done() == ["won"]


def test_a_rule_and_a_command_count(newcomer: Newcomer) -> None:
    newcomer.post({"text": "/pipenotifyish"}, sender=ADA.resource())
    assert newcomer.done() == []
    newcomer.post({"text": "/pn help"}, sender=ADA.resource())
    newcomer.has_rule = True
    assert newcomer.done() == ["typed", "ruled"]
    newcomer.has_rule = False
    assert newcomer.done() == ["typed", "ruled"]
