"""A burst becomes a few cards with exact counts, at most one a second."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from tests.customers import new_customer, told_by
from tests.invariants import hold, settle
from tests.stack import Stack

BURST = 60


def lines_of(message: Mapping[str, Any]) -> int:
    """How many events the lines of a summary account for: those it shows, and those it counts."""
    card = message["cardsV2"][0]["card"]
    shown = sum("decoratedText" in one for section in card["sections"] for one in section["widgets"])
    more = re.search(r"and ([\d,]+) more", str(card["sections"]))
    return shown + (int(more[1].replace(",", "")) if more else 0)


def test_every_event_of_a_burst_is_counted_once_at_one_card_a_second(stack: Stack) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    for number in range(BURST):
        assert customer.post(customer.won(f"Deal {number}", number=number + 1)).status_code == 200

    settle(customer)
    cards = customer.cards()
    assert sum(told_by(card) for card in cards) == BURST
    assert len(cards) <= 8
    assert [lines_of(card) for card in cards if told_by(card) > 1] == [
        told_by(card) for card in cards if told_by(card) > 1
    ]
    writes = stack.play.chat.writes(customer.spaces[0])
    assert {write.status for write in writes} == {200}
    assert all(later.at - earlier.at >= 0.95 for earlier, later in pairwise(writes))
    hold(customer)


def test_urgent_cards_are_never_folded(stack: Stack) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces, "urgent": True}])
    for number in range(5):
        customer.post(customer.won(f"Deal {number}", number=number + 1))

    settle(customer)
    assert [told_by(card) for card in customer.cards()] == [1] * 5
    hold(customer)
