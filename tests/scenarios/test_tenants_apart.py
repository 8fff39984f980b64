"""Two customers never see each other's data: not by id, name, key or company."""

from __future__ import annotations

import json

from tests.customers import DOOR, PASSWORD, headings, new_customer
from tests.invariants import deliveries, events, hold, settle
from tests.stack import Stack


def test_the_same_event_of_two_tenants_is_two_events(stack: Stack) -> None:
    one, two = new_customer(stack), new_customer(stack)
    for customer in (one, two):
        customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    body = one.won("Of the first")
    mine, theirs = json.loads(json.dumps(body)), json.loads(json.dumps(body))
    theirs["meta"]["company_id"], theirs["data"]["title"] = str(two.company_id), "Of the second"
    assert (one.post(mine).status_code, two.post(theirs).status_code) == (200, 200)

    settle(one, two)
    assert headings(one.cards()) == ["Of the first"]
    assert headings(two.cards()) == ["Of the second"]
    hold(one, two)


def test_an_event_of_another_company_is_kept_and_never_told(stack: Stack) -> None:
    one, two = new_customer(stack), new_customer(stack)
    for customer in (one, two):
        customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    assert one.post(two.won("Not yours")).status_code == 200

    settle(one, two)
    assert [event.state for event in events(one)] == ["foreign"]
    assert (events(two), deliveries(one), deliveries(two)) == ([], [], [])
    assert (one.cards(), two.cards()) == ([], [])


def test_what_belongs_to_one_is_refused_to_the_other_by_name(stack: Stack) -> None:
    one, two = new_customer(stack), new_customer(stack)
    one.load([])
    for claim in ("key", "company_id", "spaces"):
        thief = new_customer(stack)
        setattr(thief, claim, getattr(one, claim))
        said = stack.load_refused(thief.document([]))
        assert one.name in said, claim
    two.load([])


def test_a_key_opens_only_with_its_own_password(stack: Stack) -> None:
    one = new_customer(stack)
    one.load([])
    wrong = [("pd", "guess"), ("pd", ""), ("", PASSWORD), (one.key, "guess")]
    answers = [stack.http.post(f"{DOOR}/{one.key}", json={}, auth=pair) for pair in wrong]
    answers.append(stack.http.post(f"{DOOR}/nobody", json={}, auth=("pd", PASSWORD)))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert stack.http.post(DOOR, json=one.won(), auth=(one.key, PASSWORD)).status_code == 200
