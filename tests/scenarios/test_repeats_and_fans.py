"""An event is reported once however often it is sent, and once in a space however many rules want it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.customers import new_customer
from tests.invariants import deliveries, events, hold, settle
from tests.stack import Stack


def test_twenty_repeats_at_once_are_one_card(stack: Stack) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    body = customer.won()

    def send(attempt: int) -> int:
        again = body | {"meta": body["meta"] | {"attempt": attempt}}
        with httpx.Client(base_url=stack.url, trust_env=False, timeout=15) as http:
            return customer.post(again, http).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(send, range(1, 21))) == {200}
    settle(customer)
    assert len(events(customer)) == 1
    assert len(customer.cards()) == 1
    hold(customer)


def test_three_rules_and_two_spaces_are_two_cards_that_name_all_rules(stack: Stack) -> None:
    customer = new_customer(stack, spaces=2)
    wanted = [("Wins", "deal.won"), ("Changes", "deal.updated"), ("All", "*")]
    customer.load([{"name": name, "on": on, "to": customer.spaces} for name, on in wanted])
    assert customer.post(customer.won()).status_code == 200

    settle(customer)
    owed = [(each.destination_name, each.state) for each in deliveries(customer)]
    assert Counter(owed) == Counter(
        {
            (space, state): count
            for space in customer.spaces
            for state, count in (("delivered", 1), ("skipped", 2))
        }
    )
    for space in customer.spaces:
        (card,) = customer.cards(space)
        assert "Rule: Wins, Changes, All" in str(card)
    hold(customer)
