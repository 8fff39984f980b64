"""The same change looks the same as webhook v2, as v1, and as the flat body of older senders."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.customers import PASSWORD, Customer, new_customer
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


def without_ids(cards: object) -> str:
    """The card without the number of its delivery, which its buttons carry."""
    return re.sub(r"('key': 'delivery', 'value': )'[0-9]+'", r"\1''", str(cards))


@pytest.mark.parametrize("shape", [v1, flat])
def test_it_is_the_same_card(stack: Stack, shape: Any) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    assert customer.post(v2(customer)).status_code == 200
    (expected,) = customer.wait_for_cards(1)
    assert customer.post(shape(customer)).status_code == 200
    _, found = customer.wait_for_cards(2)

    assert without_ids(found["cardsV2"]) == without_ids(expected["cardsV2"])
    assert found["fallbackText"] == expected["fallbackText"]
    assert found["cardsV2"][0]["card"]["header"]["subtitle"] == "Won · €12,500"
    assert PASSWORD not in str(found)
