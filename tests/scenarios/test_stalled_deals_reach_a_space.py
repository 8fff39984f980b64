"""A deal that nobody has changed for days reaches the space of its rule, once, from the running product."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.customers import Customer, new_customer
from tests.stack import Stack

NOTICED_WITHIN_S = 60.0  # a worker looks every ten seconds


def changed(customer: Customer, number: int, title: str, **ago: float) -> dict[str, Any]:
    """A webhook of a deal that was last changed so long ago."""
    at = (datetime.now(UTC) - timedelta(**ago)).isoformat()
    state = {"title": title, "value": 500, "currency": "EUR", "status": "open", "update_time": at}
    body = customer.body("change", "deal", previous={"value": 1}, data={"id": number, **state})
    body["meta"] |= {"entity_id": str(number), "timestamp": at}
    return body


def test_each_stalled_deal_is_told_once_to_the_rule_that_asks_for_it(stack: Stack) -> None:
    acme, other = new_customer(stack), new_customer(stack)
    week = {"field": "stalled_days", "op": "at_least", "value": 7}
    acme.load([{"name": "Stuck", "on": "deal.stalled", "when": week, "to": acme.spaces}])
    other.load([{"name": "Stuck", "on": "deal.stalled", "to": other.spaces}])

    for number, (title, days) in enumerate([("Idle for long", 8.5), ("For days", 3.5), ("Fresh", 0.0)], 1):
        acme.post(changed(acme, number, title, days=days))
        acme.post(changed(acme, number, title, days=days + 9))  # an older change that comes late
    other.post(changed(other, 9, "Theirs", days=0.1))

    (card,) = acme.wait_for_cards(1, seconds=NOTICED_WITHIN_S)
    assert "Idle for long" in str(card)
    time.sleep(12)  # another look
    assert len(acme.cards()) == 1
    assert other.cards() == []


def test_wildcards_hear_nothing_of_what_was_long_so_already(stack: Stack) -> None:
    """Else a rule for everything would be flooded at the start, and by every replayed webhook."""
    acme, clock = new_customer(stack), new_customer(stack)
    acme.load([{"name": "Any", "on": "*", "to": acme.spaces}])
    clock.load([{"name": "Stuck", "on": "deal.stalled", "to": clock.spaces}])
    for customer in (acme, clock):
        customer.post(changed(customer, 1, "Idle", days=8.5))

    clock.wait_for_cards(1, seconds=NOTICED_WITHIN_S)

    assert len(acme.wait_for_cards(1)) == 1
