"""What people do with leads goes by the road of presses: recorded once, and only forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.card_actions.actions import PressOutcome, Recorded
from models.clock import now
from models.database.engine import Database
from models.errors import AppError, InvalidRequest, NotAllowed
from models.leads.actions import (
    NewLead,
    assign_lead,
    claim_lead,
    contact_lead,
    convert_lead,
    create_lead,
    edit_lead,
    lose_lead,
    note_on_lead,
    plan_follow_up,
    qualify_lead,
    set_status,
    snooze_lead,
)
from models.tables import CardAction, Lead, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import actions_of, add_person
from tests.models.leads.known import happened, hear, known, lead_id, row, via

Act = Callable[..., Recorded]


def do(database: Database, actor: Actor, act: Act, *args: Any) -> Recorded:
    lead = known(database, actor)
    with database.writing(actor.tenant) as session:
        return act(session, actor, lead, *args, via())


@pytest.mark.parametrize(
    ("act", "args", "wanted"),
    [
        (claim_lead, (), ("lead.claim", {"owner_id": 1})),
        (assign_lead, ("2",), ("lead.assign", {"owner_id": 2})),
        (contact_lead, (), ("lead.contacted", {"subject": "Contacted", "type": "call", "done": True})),
        (qualify_lead, (), ("lead.qualified", {"content": "Qualified"})),
        (lose_lead, (), ("lead.lost", {"is_archived": True})),
        (note_on_lead, ("Hi",), ("lead.note", {"content": "Hi"})),
        (plan_follow_up, ({"subject": "Call"},), ("lead.activity", {"subject": "Call"})),
        (edit_lead, ({"title": "New"},), ("lead.edit", {"title": "New"})),
        (convert_lead, (), ("lead.convert", {"title": "Lead 1"})),
    ],
)
def test_each_is_recorded_once_for_a_worker(
    database: Database, tenants: TwoTenants, act: Act, args: tuple[Any, ...], wanted: tuple[str, Any]
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours)

    assert do(database, ada, act, *args).outcome is PressOutcome.RECORDED
    assert do(database, ada, act, *args).outcome is PressOutcome.REPEATED
    (made,) = actions_of(database, tenants.ours)
    assert (made.do, made.fields, made.object_id, made.delivery_id) == (*wanted, lead_id(1), None)
    assert actions_of(database, tenants.theirs) == []


def test_of_two_claims_at_once_one_wins(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    hear(database, tenants.ours)

    assert do(database, ada, claim_lead).outcome is PressOutcome.RECORDED
    beaten = do(database, ben, claim_lead)
    assert (beaten.outcome, beaten.action.user_id) == (PressOutcome.BEATEN, ada.user_id)


def test_a_claim_needs_the_owner_that_was_there(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, owner_id=4)
    do(database, ada, claim_lead)

    assert actions_of(database, tenants.ours)[0].expected == {"value": "4"}


def test_whoever_is_not_connected_is_asked_to(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours, number=None)
    hear(database, tenants.ours)

    assert do(database, ada, claim_lead).outcome is PressOutcome.WAITS


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_who_may_not_press_may_not_do_it_by_words_either(
    database: Database, tenants: TwoTenants, role: str
) -> None:
    vic = add_person(database, tenants.ours, "Vic", role=role)
    hear(database, tenants.ours)

    for act, args in ((claim_lead, ()), (snooze_lead, (now() + timedelta(days=1), "busy"))):
        with pytest.raises(NotAllowed):
            do(database, vic, act, *args)
    assert row(database, tenants.ours).snoozed_until is None


def test_a_lead_goes_only_forward(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        session.get_one(Lead, (tenants.ours, "lead", lead_id(1))).status = LeadStatus.QUALIFIED

    for status in (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED):
        with pytest.raises(InvalidRequest):
            do(database, ada, set_status, status)
    assert do(database, ada, set_status, LeadStatus.LOST).outcome is PressOutcome.RECORDED


@pytest.mark.parametrize("status", ["contacted", "qualified", "converted", "lost"])
def test_every_status_ahead_can_be_reached(database: Database, tenants: TwoTenants, status: str) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours)

    assert do(database, ada, set_status, LeadStatus(status)).outcome is PressOutcome.RECORDED


@pytest.mark.parametrize(
    ("act", "args"),
    [(claim_lead, ()), (assign_lead, ("2",)), (convert_lead, ()), (contact_lead, ())],
)
def test_what_is_over_is_left(
    database: Database, tenants: TwoTenants, act: Act, args: tuple[str, ...]
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, is_archived=True)

    with pytest.raises(InvalidRequest):
        do(database, ada, act, *args)


@pytest.mark.parametrize(
    ("act", "args"),
    [
        (assign_lead, ("nobody",)),
        (note_on_lead, (" ",)),
        (plan_follow_up, ({},)),
        (edit_lead, ({},)),
        (snooze_lead, (now() + timedelta(days=1), " ")),
        (snooze_lead, (now() - timedelta(days=1), "busy")),
        (snooze_lead, (now() + timedelta(days=500), "busy")),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    database: Database, tenants: TwoTenants, act: Act, args: tuple[Any, ...]
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours)

    with pytest.raises(AppError) as refused:
        do(database, ada, act, *args)
    assert isinstance(refused.value, InvalidRequest)
    assert actions_of(database, tenants.ours) == []


def test_not_now_lets_a_lead_rest_and_writes_the_reason(database: Database, tenants: TwoTenants) -> None:
    ada, until = add_person(database, tenants.ours), now() + timedelta(days=3)
    hear(database, tenants.ours)

    do(database, ada, snooze_lead, until, "Budget  in May")
    stored = row(database, tenants.ours)
    assert (stored.snoozed_until, stored.snooze_reason) == (until, "Budget in May")
    assert happened(database, tenants.ours) == ["snoozed"]
    (made,) = actions_of(database, tenants.ours)
    assert made.fields["content"].endswith("Budget in May")


def test_a_new_lead_is_asked_for_once(database: Database, tenants: TwoTenants) -> None:
    ada, how = add_person(database, tenants.ours), via()
    new = NewLead("Inbound", email="Jana@Globex.test", organization="Globex", amount=300.0)
    made: list[CardAction] = []
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            made.append(create_lead(session, ada, new, how).action)

    (stored,) = actions_of(database, tenants.ours)
    assert made[0].id == made[1].id == stored.id
    assert stored.fields["email"] == stored.fields["person_name"].lower() == "jana@globex.test"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NewLead(""), "title"),
        (NewLead("Inbound"), "a person or an organization"),
        (NewLead("Inbound", " ", " ", organization=" "), "a person or an organization"),
        (NewLead("Inbound", email="jana@globex"), "looks like"),
        (NewLead("Inbound", "Jana", phone="1" * 65), "at most 64"),
        (NewLead("Inbound", "J" * 256), "at most 255"),
        (NewLead("Inbound", organization="G" * 256), "at most 255"),
    ],
)
def test_a_new_lead_needs_a_title_somebody_and_an_address_that_is_one(
    database: Database, tenants: TwoTenants, new: NewLead, why: str
) -> None:
    ada = add_person(database, tenants.ours)
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest) as refused:
        create_lead(session, ada, new, via())
    assert why in refused.value.user_message
    assert actions_of(database, tenants.ours) == []
