"""Small inputs from public bug reports go through the whole product, and come out right."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from models.tables import PipedriveUser, QuietHours, Tenant
from tests.customers import BEN, DOOR, PASSWORD, Customer, facts_of, headings, new_customer
from tests.invariants import events, settle
from tests.stack import Stack

CASES: Final = Path(__file__).resolve().parents[3] / "shared" / "cases" / "reported"
PEOPLE: Final = [{"email": "ben@example.com", "role": "admin"}]  # Ada belongs to Acme in this stack
LOOK_ALIKES: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})  # where Chat reads no HTML

Case = dict[str, Any]


def reported() -> dict[str, Case]:
    if not CASES.is_dir():
        pytest.skip(f"NO CASES: {CASES} is absent, so no reported case was tested")
    found = {path.stem: json.loads(path.read_text()) for path in sorted(CASES.glob("*.json"))}
    assert len(found) >= 17
    return found


def with_bodies() -> dict[str, Case]:
    return {name: case for name, case in reported().items() if {"body", "bodies"} & case["given"].keys()}


def rules_of(case: Case, spaces: list[str]) -> list[dict[str, Any]]:
    """The rules of a case, each to a space of its own."""
    given = case["given"]
    rules = given["rules"] if "rules" in given else [given["rule"]]
    names = (f"Rule {number}" for number in range(len(rules)))
    return [
        {**rule, "name": name, "to": [space]} for rule, name, space in zip(rules, names, spaces, strict=False)
    ]


def prepare(stack: Stack, cases: dict[str, Case]) -> dict[str, Customer]:
    """A customer for each case, with its rules, its time zone and the users of its Pipedrive."""
    customers = {name: new_customer(stack, spaces=2) for name in cases}
    documents = []
    for name, case in cases.items():
        zone = case["given"].get("tenant_zone")
        rules = rules_of(case, list(customers[name].spaces))
        documents.append(customers[name].document(rules, **({"timezone": zone} if zone else {})))
    stack.load(*documents)
    with stack.database.writing_all() as session:
        for name, case in cases.items():
            owner = select(Tenant.id).where(Tenant.name == customers[name].name)
            for user in case["given"].get("users_in_pipedrive", ()):
                session.add(PipedriveUser(tenant_id=session.scalars(owner).one(), pipedrive_id=str(user)))
    return customers


def post(customer: Customer, case: Case) -> list[int]:
    """Send the bodies of a case as its own company; return the codes of the answers."""
    given, codes = case["given"], []
    for body in given.get("bodies", [given.get("body")]):
        body["meta"]["company_id"] = customer.company_id
        raw = bytes.fromhex(given.get("raw_prefix_hex", "")) + json.dumps(body).encode()
        answer = customer.stack.http.post(f"{DOOR}/{customer.key}", content=raw, auth=("pd", PASSWORD))
        codes.append(answer.status_code)
    return codes


def check_cards(customer: Customer, case: Case) -> None:
    expect, cards = case["expect"], customer.cards()
    for space in customer.spaces[: len(rules_of(case, list(customer.spaces)))]:
        assert len(customer.cards(space)) == expect.get("cards", 1), case["id"]
    shown = json.dumps(cards, ensure_ascii=False)
    assert [text for text in expect.get("has", ()) if text not in shown] == [], case["id"]
    assert [text for text in expect.get("has_not", ()) if text in shown] == [], case["id"]
    values = [value for card in cards for value in facts_of(card).values()]
    assert not set(expect.get("has_not_as_a_value", ())) & set(values), case["id"]
    if "title" in expect:
        wanted = expect["title"].split(" (with Chat's")[0].translate(LOOK_ALIKES)
        assert headings(cards) == [wanted]


def test_every_reported_body_becomes_the_right_card(sqlite_stack: Stack) -> None:
    cases = with_bodies()
    customers = prepare(sqlite_stack, cases)
    codes = {name: post(customers[name], case) for name, case in cases.items()}
    settle(*customers.values())

    assert {name: found for name, found in codes.items() if set(found) != {200}} == {}
    for name, case in cases.items():
        check_cards(customers[name], case)
    due = facts_of(customers["11-activity-time-is-utc"].cards()[0])
    assert due["Due date"] == "Dec 2, 2026, 00:30"
    assert len(events(customers["26-two-subscriptions-made-by-hand"])) == 1


@pytest.mark.parametrize("name", ["14-typographic-quotes", "16-name-composed-otherwise"])
def test_every_reported_phrase_finds_its_rule(sqlite_stack: Stack, name: str) -> None:
    case = reported()[name]
    customer = new_customer(sqlite_stack)
    rules = [{"name": each, "on": "deal.won", "to": customer.spaces} for each in case["given"]["rules"]]
    customer.load(rules, users=PEOPLE)
    for phrase in case["given"]["say"]:
        answer = sqlite_stack.play.chat.client.say(customer.spaces[0], BEN, f"/pipenotify {phrase}")
        assert (answer.kind, answer.problems) == ("message", [])
        assert headings([answer.message or {}]) == case["given"]["rules"], phrase


def test_a_reported_quiet_day_is_loaded_and_held_whole(sqlite_stack: Stack) -> None:
    case = reported()["19-whole-quiet-day"]
    customer = new_customer(sqlite_stack)
    customer.load([], quiet_hours=case["given"]["quiet_hours"])
    with sqlite_stack.database.reading_all() as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.name == customer.name)).one()
        (window,) = session.scalars(select(QuietHours).where(QuietHours.tenant_id == tenant_id))
    assert (window.starts, window.ends) == ("00:00", "00:00")


def test_a_change_told_by_two_webhooks_is_one_card_of_each_customer(stack: Stack) -> None:
    both = [new_customer(stack), new_customer(stack)]
    for customer in both:
        customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    for customer in both:
        body = customer.won("Told twice")
        for webhook in ("1800001", "1800002", "1800001"):
            body["meta"] |= {"webhook_id": webhook}
            assert customer.post(body).status_code == 200
        again = customer.won("Told twice", lost_reason="other content")
        again["meta"] |= {"webhook_id": "1800002", "id": str(uuid.uuid4())}
        assert customer.post(again).status_code == 200

    settle(*both)
    for customer in both:
        assert len(events(customer)) == 2
        assert headings(customer.cards()) == ["Told twice", "Told twice"]
