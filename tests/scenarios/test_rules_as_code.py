"""Rules from a file apply to every event acknowledged two seconds after loading."""

from __future__ import annotations

import time
from typing import Any

from tests.customers import headings, new_customer
from tests.invariants import events, hold, settle
from tests.stack import HOLDS_AFTER_S, Stack


def test_a_loaded_change_holds_two_seconds_later(stack: Stack) -> None:
    customer = new_customer(stack, spaces=2)
    first, second = customer.spaces
    customer.load([{"name": "Wins", "on": "deal.won", "to": [first]}])
    assert customer.post(customer.won("Before")).status_code == 200
    customer.wait_for_cards(1, first)

    customer.load(
        [
            {"name": "Wins", "on": "deal.won", "to": [first], "enabled": False},
            {"name": "All wins", "on": "deal.*", "to": [second]},
        ]
    )
    time.sleep(HOLDS_AFTER_S)
    assert customer.post(customer.won("After")).status_code == 200
    settle(customer)
    assert headings(customer.cards(first)) == ["Before"]
    assert headings(customer.cards(second)) == ["After"]
    hold(customer)


def test_what_was_dumped_loads_to_the_same(sqlite_stack: Stack) -> None:
    customer = new_customer(sqlite_stack)
    when = {"all": [{"field": "value", "op": "at_least", "value": 100}, {"field": "title", "op": "changed"}]}
    customer.load([{"name": "Wins", "on": ["deal.won", "deal.lost"], "when": when, "to": customer.spaces}])
    dumped = sqlite_stack.run("-m", "models", "dump", customer.name).stdout
    assert "!kept" in dumped
    assert sqlite_stack.run("-m", "models", "load", "--dry-run", "-", stdin=dumped).stdout.strip() == ""
    sqlite_stack.run("-m", "models", "load", "-", stdin=dumped)
    assert sqlite_stack.run("-m", "models", "dump", customer.name).stdout == dumped
    assert customer.post(customer.won()).status_code == 200


def test_a_refused_file_changes_nothing_and_names_all_that_is_wrong(stack: Stack) -> None:
    customer = new_customer(stack)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    rules: list[dict[str, Any]] = [
        {"name": "A", "on": "deal.wonn", "to": customer.spaces},
        {
            "name": "B",
            "on": "deal.won",
            "when": {"field": "value", "op": "resembles", "value": 1},
            "to": ["x"],
        },
    ]
    errors = stack.load_refused(customer.document(rules))
    assert "rules[0].on" in errors
    assert "rules[1].when.op: unknown operator 'resembles'" in errors
    assert "rules[1].to[0]" in errors
    assert "Traceback" not in errors
    assert customer.post(customer.won("Still")).status_code == 200
    assert headings(customer.wait_for_cards(1)) == ["Still"]
    assert len(events(customer)) == 1
