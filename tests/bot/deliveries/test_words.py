"""What became of a delivery is said in words that people understand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.deliveries.words import outcome_text, reason_text, state_text
from models.clock import now
from models.tables import Delivery

SOON = timedelta(hours=1, minutes=5)


def delivery(state: str, **columns: Any) -> Delivery:
    """A delivery; a `timedelta` stands for a moment that far from the test."""
    columns = {
        name: now() + value if isinstance(value, timedelta) else value for name, value in columns.items()
    }
    usual = {"reason": "", "attempts": 0, "is_test": False, "redacted_because": "", "next_attempt_at": now()}
    return Delivery(**(usual | {"state": state} | columns))


@pytest.mark.parametrize(
    ("state", "columns", "text"),
    [
        ("pending", {}, "On its way"),
        ("pending", {"attempts": 2, "next_attempt_at": SOON}, "On its way, next try in 1 hour"),
        ("held", {"next_attempt_at": SOON}, "Held, leaves in 1 hour"),
        ("digested", {"next_attempt_at": SOON}, "In a digest"),
        ("delivered", {}, "Sent"),
        ("skipped", {}, "Not sent"),
        ("dead", {}, "Failed"),
    ],
)
def test_each_state_has_words(state: str, columns: dict[str, Any], text: str) -> None:
    assert state_text(delivery(state, **columns)) == text


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"reason": "muted by ada@acme.test"}, "muted by ada@acme.test"),
        ({"reason": "HTTP 404: gone"}, "the space, or its webhook, is not there any more"),
        ({"reason": "the destination is paused: paused by Ada"}, "the destination is paused: paused by Ada"),
        ({"reason": "test", "is_test": True}, ""),
        ({"reason": "x" * 999}, "x" * 200),
    ],
)
def test_reasons_are_plain_and_short(columns: dict[str, Any], text: str) -> None:
    assert reason_text(delivery("skipped", **columns)) == text


def test_an_outcome_is_one_line() -> None:
    sent = delivery("delivered", finished_at=now() - timedelta(minutes=5), redacted_because="1 of 2 people")
    assert outcome_text(sent, "Deals", 117) == (
        "Deals: sent 5 minutes ago, folded into one card with 117 other events, "
        "shown without its content: 1 of 2 people"
    )
    assert outcome_text(delivery("skipped", reason="muted"), "Deals", 0) == "Deals: not sent, muted"
