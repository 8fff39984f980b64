"""Every published webhook body is stored once, gets its event types and becomes a valid card."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from models.pipedrive.change import read
from tests.customers import Customer, new_customer
from tests.invariants import events, hold, settle
from tests.models.pipedrive.webhook import SAMPLES
from tests.stack import Stack

COMPANY: Final = 8_087_566
WANTED: Final = {
    "v2_docs_delete_user_sent_as_change": "user.deleted",
    "v2_docs_create_deal": "deal.created",
    "v2_docs_change_deal": "deal.updated",
    "v2_docs_delete_deal": "deal.deleted",
    "v2_docs_create_lead": "lead.created",
    "v2_docs_change_note": "note.updated",
    "v2_docs_delete_stage": "stage.deleted",
}
VERBS: Final = {"create": "created", "change": "updated", "delete": "deleted"}


def samples() -> dict[str, dict[str, Any]]:
    if not SAMPLES.is_dir():
        pytest.skip(f"NO SAMPLES: {SAMPLES} is absent, so no published body was tested")
    found = {path.stem: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("v2_*.json"))}
    assert len(found) >= 30
    return found


def as_told(name: str) -> str:
    _, _, verb, entity, *_ = name.split("_")
    return WANTED.get(name, f"{entity}.{VERBS[verb]}")


def listening(stack: Stack, company: int) -> Customer:
    customer = new_customer(stack, company_id=company)
    everything = {"name": "Everything", "on": "*", "to": customer.spaces}
    customer.load([everything])
    return customer


def test_each_is_stored_once_and_told_by_its_type(stack: Stack) -> None:
    bodies = samples()
    customer = listening(stack, COMPANY)
    for body in [*bodies.values(), *bodies.values()]:
        body["meta"]["company_id"] = str(COMPANY)
        assert customer.post(body).status_code == 200

    settle(customer)
    stored = events(customer)
    assert len(stored) == len({body["meta"]["id"] for body in bodies.values()})
    changes = {name: change for name, body in bodies.items() if (change := read(body)) is not None}
    assert set(changes) == set(bodies)
    assert [name for name, change in changes.items() if as_told(name) not in change.types] == []
    assert {event.state for event in stored} == {"done"}
    assert {event.event_type for event in stored} == {change.types[-1] for change in changes.values()}
    hold(customer)


@pytest.mark.parametrize("look", ["compact", "detailed"])
def test_each_alone_becomes_a_card_that_chat_takes(sqlite_stack: Stack, look: str) -> None:
    bodies = samples()
    customer = new_customer(sqlite_stack, spaces=len(bodies), company_id=COMPANY + 1 + (look == "detailed"))
    rules = [
        {"name": name, "on": as_told(name), "to": [space], "template": look, "urgent": True}
        for name, space in zip(bodies, customer.spaces, strict=True)
    ]
    customer.load(rules)
    for body in bodies.values():
        body["meta"]["company_id"] = str(customer.company_id)
        assert customer.post(body).status_code == 200

    settle(customer)
    for name, space in zip(bodies, customer.spaces, strict=True):
        assert [seen.status for seen in sqlite_stack.play.chat.writes(space)][:1] == [200], name
        card = customer.cards(space)[0]
        assert card["cardsV2"][0]["card"]["header"]["title"], name
    hold(customer)
