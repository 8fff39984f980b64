"""The same change looks the same as webhook v2, as v1, and as the flat body of older senders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.customers import PASSWORD, Customer, new_customer
from tests.invariants import deliveries, events, hold, settle
from tests.stack import Stack

DEAL: dict[str, Any] = {"id": 8, "title": "Big deal", "value": 12500, "currency": "EUR", "status": "won"}
DEAL |= {"stage_id": 2, "pipeline_id": 1, "owner_id": 42, "person_id": 8, "org_id": 1}


def v2(customer: Customer) -> dict[str, Any]:
    body = customer.body(previous={"status": "open"})
    return body | {"data": DEAL}


def v1(customer: Customer) -> dict[str, Any]:
    meta = {"v": 1, "action": "updated", "object": "deal", "id": 8, "company_id": customer.company_id}
    meta |= {"user_id": 43, "timestamp": 1_763_640_000}
    now = {key: value for key, value in DEAL.items() if key != "owner_id"} | {"user_id": 42}
    return {
        "v": 1,
        "event": "updated.deal",
        "meta": meta,
        "current": now,
        "previous": now | {"status": "open"},
    }


def flat(customer: Customer) -> dict[str, Any]:
    body = {"event": "deal.updated", "company_id": customer.company_id, "user": {"id": 43}}
    return body | {"current": DEAL, "previous": DEAL | {"status": "open"}}


@pytest.mark.parametrize("shape", [v1, flat])
def test_it_is_the_same_card(stack: Stack, shape: Any) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    assert customer.post(v2(customer)).status_code == 200
    (expected,) = customer.wait_for_cards(1)
    assert customer.post(shape(customer)).status_code == 200
    _, found = customer.wait_for_cards(2)

    assert found["cardsV2"] == expected["cardsV2"]
    assert found["fallbackText"] == expected["fallbackText"]
    assert found["cardsV2"][0]["card"]["header"]["subtitle"] == "Won · €12,500"
    assert PASSWORD not in str(found)


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


def test_three_rules_and_two_spaces_are_six_cards(stack: Stack) -> None:
    customer = new_customer(stack, spaces=2)
    wanted = [("Wins", "deal.won"), ("Changes", "deal.updated"), ("All", "*")]
    customer.load([{"name": name, "on": on, "to": customer.spaces} for name, on in wanted])
    assert customer.post(customer.won()).status_code == 200

    settle(customer)
    owed = {(each.rule_name, each.destination_name) for each in deliveries(customer)}
    assert owed == {(name, space) for name, _ in wanted for space in customer.spaces}
    for space in customer.spaces:
        told = [str(card) for card in customer.cards(space)]
        assert [sum(f"Rule: {name}" in card for card in told) for name, _ in wanted] == [1, 1, 1]
        threads = {card["thread"]["name"] for card in customer.cards(space)}
        assert len(threads) == 1
    hold(customer)
