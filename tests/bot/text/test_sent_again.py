"""How many can go again, went, or cannot, each with its number and its way on."""

from __future__ import annotations

import pytest

from bot.text.sent_again import can_go_text, left_out_text, sent_again_text
from models.deliveries.replay import PAUSED
from models.waits.replay import COUNT_CAP


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "There is nothing to send again"),
        (1, "1 delivery can go again"),
        (1200, "1,200 deliveries can go again"),
        (COUNT_CAP, "More than 100,000 deliveries can go again"),
    ],
)
def test_how_many_can_go(count: int, text: str) -> None:
    assert can_go_text(count) == text


def test_how_many_went_and_why_others_cannot() -> None:
    assert sent_again_text(1) == "1 delivery on the way again"
    assert left_out_text(PAUSED, 2).startswith(
        "2 failed cards cannot go: the destination is paused. Resume it"
    )
    assert left_out_text("another reason", 1) == "1 failed card cannot go: another reason."
