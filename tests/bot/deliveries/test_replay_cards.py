"""The cards of a replay say how many, how fast and how far, and offer what can be done then."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest

from bot.deliveries.replay_cards import preview_card, replay_card
from bot.widgets import Message
from models.deliveries.replay import PAUSED, ReplayFilter
from models.tables.waits import WaitState
from models.waits.replay import COUNT_CAP, Replay, ReplayPreview


def drawn(message: Message) -> str:
    return orjson.dumps(message.as_chat("https://x.test/chat/events")).decode()


def preview(count: int, **left_out: int) -> str:
    counted = Counter({PAUSED: left_out["paused"]}) if left_out else Counter[str]()
    return drawn(preview_card(ReplayPreview(count, counted), "What failed", {"only": "failed", "key": "k"}))


def test_a_look_says_how_many_how_fast_and_what_stays() -> None:
    text = preview(12, paused=2)
    for part in (
        "12 deliveries can go again",
        "At most 120 a minute",
        "2 failed cards cannot go",
        "replay.start",
    ):
        assert part in text


def test_nothing_to_send_offers_no_start() -> None:
    text = preview(0)
    assert "There is nothing to send again" in text
    assert "replay.start" not in text


def test_more_than_is_counted_says_so() -> None:
    assert "More than 100,000 deliveries can go again" in preview(COUNT_CAP)


@pytest.mark.parametrize(
    ("state", "title", "may_cancel"),
    [
        (WaitState.WAITING, "40 of 312 on the way again", True),
        (WaitState.DONE, "The replay is done", False),
        (WaitState.CANCELLED, "The replay was cancelled", False),
    ],
)
def test_only_one_that_runs_can_be_cancelled(state: Any, title: str, may_cancel: bool) -> None:
    text = drawn(replay_card(Replay(7, state, 40, 312, "ada@acme.test", ReplayFilter()), "What failed"))
    assert title in text
    assert ("replay.cancel" in text) is may_cancel
