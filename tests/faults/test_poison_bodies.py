"""A body that no Pipedrive would send harms its own tenant at most: others lose nothing and do not wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.customers import DOOR, PASSWORD, Customer, new_customer
from tests.invariants import deliveries, events, settle
from tests.stack import Stack, wait_until

OTHERS_WAIT_AT_MOST_S: Final = 3.0
LONG_AGO: Final = "2026-11-20T10:00:00Z"
PLACE: Final = '"POISON"'

Poison = Callable[[Customer], str]


def in_place(text: str, **data: Any) -> Poison:
    """A won deal with some JSON text in place of its value."""
    return lambda customer: json.dumps(customer.won(value="POISON", **data)).replace(PLACE, text)


def with_meta(**meta: Any) -> Poison:
    def write(customer: Customer) -> str:
        body = customer.won()
        return json.dumps(body | {"meta": body["meta"] | meta})

    return write


def with_parts(**parts: Any) -> Poison:
    return lambda customer: json.dumps(customer.won() | parts)


def with_custom_fields(count: int) -> Poison:
    return lambda customer: json.dumps(customer.won(custom_fields={f"{n:040x}": 1 for n in range(count)}))


NUL_IDS: Final = {"entity_id": "a\0b", "user_id": "\0", "change_source": "\0", "timestamp": LONG_AGO}
POISONS: Final[dict[str, Poison]] = {
    "an integer of 400 digits": in_place("1" * 400),
    "a negative integer of 4,000 digits": in_place("-" + "9" * 4000),
    "an integer that Python refuses": in_place("1" * 5000),
    "a float beyond all": in_place("1e999"),
    "a text of digits": in_place('"' + "7" * 4000 + '"'),
    "deep lists": in_place("[" * 900 + "]" * 900),
    "lists deeper than any stack": in_place("[" * 50_000 + "]" * 50_000),
    "half an emoji": in_place('"\\ud83d"', org_id="\ud83d", owner_id={"name": "\udc00"}),
    "a value that is everything else": in_place('{"amount": [{}], "currency": {"a": []}}'),
    "NULs in ids": with_meta(**NUL_IDS),
    "NULs in merged ids": with_meta(merged_from_id="\0", merged_to_id="1\0", timestamp=LONG_AGO),
    "NULs in who may see it": with_meta(permitted_user_ids=["\0", 10**30, {}, None, True]),
    "huge ids": with_meta(entity_id=10**400, user_id=-(10**300), timestamp=10**300),
    "times from nowhere": with_meta(timestamp=[{}]),
    "types where none belong": with_meta(action=["change"], entity_id={}, company_id=[]),
    "a side that is a number": with_parts(data=7, previous=[1, 2]),
    "no sides": with_parts(data=None, previous=None),
    "custom fields that are a list": with_parts(data={"id": 1, "status": "won", "custom_fields": [1]}),
    "8,000 custom fields": with_custom_fields(8_000),
    "20,000 custom fields": with_custom_fields(20_000),
    "a title as long as the door takes": lambda customer: json.dumps(customer.won("é" * 150_000)),
}
CONDITIONS: Final = {
    "any": [
        {"field": "value", "op": "at_least", "value": 10_000},
        {"field": "value", "op": "between", "value": [1, 2]},
        {"field": "title", "op": "contains", "value": "nothing like it"},
        {"field": "owner", "op": "is", "value": "Ada"},
        {"field": "value", "op": "increased_by", "value": "10%"},
    ]
}


@pytest.mark.long
def test_a_poisoned_body_harms_no_other_tenant(stack: Stack) -> None:
    poisoned, other = new_customer(stack, 2), new_customer(stack, len(POISONS))
    all_rule = {"name": "All", "on": "*", "to": poisoned.spaces[:1], "template": "detailed"}
    some_rule = {"name": "Some", "on": "deal.*", "to": poisoned.spaces[1:], "when": CONDITIONS}
    poisoned.load([all_rule, some_rule])
    other.load([only_of(title, space) for title, space in zip(POISONS, other.spaces, strict=True)])
    stack.start_web()
    stack.start_worker()
    for (name, poison), space in zip(POISONS.items(), other.spaces, strict=True):
        assert send_raw(poisoned, poison(poisoned)) in {200, 400}, name
        assert other.post(other.won(name)).status_code == 200

        other.wait_for_cards(1, space, seconds=OTHERS_WAIT_AT_MOST_S)

    settle(poisoned, other)
    assert {event.state for event in events(other)} == {"done"}
    assert [each.state for each in deliveries(other)] == ["delivered"] * len(POISONS)
    assert {event.state for event in events(poisoned)} <= {"done", "ignored", "unparsed", "foreign"}
    assert {each.lease_losses for each in deliveries(poisoned)} <= {0}
    assert {each.state for each in deliveries(poisoned)} == {"delivered"}
    assert send_raw(poisoned, json.dumps(poisoned.won("Still alive"))) == 200
    wait_until(lambda: "Still alive" in str(poisoned.cards()), 10, "a card of the poisoned tenant")


def only_of(title: str, space: str) -> dict[str, Any]:
    """A rule for one deal into one space, so that no card waits for the pace of another."""
    when = {"field": "title", "op": "is", "value": title}
    return {"name": title, "on": "deal.won", "to": [space], "when": when}


def send_raw(customer: Customer, body: str) -> int:
    """Post a body as its tenant could, with the tenant's own password; return the status."""
    answer = customer.stack.http.post(
        f"{DOOR}/{customer.key}",
        content=body.encode(),
        headers={"Content-Type": "application/json"},
        auth=("pd", PASSWORD),
    )
    return answer.status_code
