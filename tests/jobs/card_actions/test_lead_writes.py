"""A lead is made, and becomes a deal, exactly once, whatever stops between two calls."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from jobs.card_actions import lead_writes
from jobs.to_pipedrive.api import PipedriveApi
from models.leads.mirror import record_states
from models.tables import CardAction, Lead
from tests.jobs.card_actions.conftest import Acting
from tests.models.acting import actions_of
from tests.models.leads.known import lines
from web.playground.pipedrive.store import ApiUser

NEW: dict[str, Any] = {
    "title": "Inbound",
    "person_name": "Jana Nova",
    "email": "jana@globex.test",
    "phone": "+420 123",
    "organization": "Globex two",
    "value": {"amount": 300, "currency": "EUR"},
    "note": "Met at the fair",
}


def add_lead(acting: Acting, **fields: Any) -> str:
    acting.home.crm.store.create("organization", {"name": "Globex"}, ApiUser(1))
    lead = acting.home.crm.store.create("lead", {"title": "Fair", "organization_id": 1, **fields}, ApiUser(1))
    return str(lead["id"])


def press(acting: Acting, do: str, object_id: str, **fields: Any) -> None:
    acting.press(acting.ben, do, object_id, entity="lead", fields=fields)


def go_on(acting: Acting) -> None:
    """Let the worker go on until nothing is left, as time passes."""
    for _ in range(6):
        acting.work()
        acting.make_due()


def all_of(acting: Acting, entity: str) -> list[dict[str, Any]]:
    return [dict(each) for each in acting.home.crm.store.all(entity)]


def die_after(acting: Acting, attempt: int = 1) -> None:
    """Forget what the last attempt has found out, as after the kill of its worker."""
    with acting.database.writing(acting.tenant_id) as session:
        mine = CardAction.tenant_id == acting.tenant_id
        forgotten = {"state": "pending", "result_id": "", "attempts": attempt, "finished_at": None}
        session.execute(update(CardAction).where(mine).values(forgotten))
    acting.make_due()


@pytest.mark.parametrize(
    ("do", "fields", "holds"),
    [
        ("lead.assign", {"owner_id": 2}, {"owner_id": 2}),
        ("lead.lost", {"is_archived": True}, {"is_archived": True}),
        ("lead.edit", {"title": "New title"}, {"title": "New title"}),
    ],
)
def test_a_lead_is_changed_as_whoever_asked(
    acting: Acting, do: str, fields: dict[str, Any], holds: dict[str, Any]
) -> None:
    lead = add_lead(acting)
    press(acting, do, lead, **fields)
    acting.work()

    stored = acting.home.crm.store.get("lead", lead)
    assert {key: stored[key] for key in holds} == holds
    assert acting.states() == ["done"]


@pytest.mark.parametrize("times", [1, 2])
def test_contact_and_notes_are_about_the_lead_and_there_once(acting: Acting, times: int) -> None:
    lead = add_lead(acting)
    press(acting, "lead.contacted", lead, subject="Contacted", type="call", done=True)
    press(acting, "lead.note", lead, content="Hi")
    go_on(acting)
    if times == 2:
        die_after(acting)
        go_on(acting)

    (activity,), (note,) = all_of(acting, "activity"), all_of(acting, "note")
    assert (activity["lead_id"], activity["done"], activity["owner_id"]) == (lead, True, 2)
    assert (note["lead_id"], note["user_id"]) == (lead, 2)


def test_a_lead_becomes_a_deal_once_pipedrive_is_done(acting: Acting) -> None:
    lead = add_lead(acting)
    record_states_of(acting, lead)
    press(acting, "lead.convert", lead, title="Fair")
    acting.work()
    assert acting.states() == ["pending"]
    go_on(acting)

    deals = [each for each in all_of(acting, "deal") if each["source_lead_id"] == lead]
    (made,) = actions_of(acting.database, acting.tenant_id)
    assert (made.state, made.result_id) == ("done", str(deals[0]["id"]))
    with acting.database.reading(acting.tenant_id) as session:
        stored = session.get_one(Lead, (acting.tenant_id, "lead", lead))
    assert (stored.status, stored.deal_id) == ("converted", made.result_id)


def record_states_of(acting: Acting, lead: str) -> None:
    """Let the lead be known here, as by Pipedrive's webhook."""
    row = Lead(tenant_id=acting.tenant_id, entity="lead", object_id=lead)
    with acting.database.writing(acting.tenant_id) as session:
        record_states(session, [])
        session.add(row)


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_worker_that_dies_while_it_converts_makes_no_second_deal(acting: Acting, attempt: int) -> None:
    lead = add_lead(acting)
    press(acting, "lead.convert", lead, title="Fair")
    acting.work()
    die_after(acting, attempt)
    go_on(acting)

    assert len([each for each in all_of(acting, "deal") if each["source_lead_id"] == lead]) == 1
    assert acting.states() == ["done"]


def test_a_lead_that_is_gone_is_said_to_be(acting: Acting) -> None:
    lead = add_lead(acting)
    acting.home.crm.store.delete("lead", lead, ApiUser(1))
    press(acting, "lead.convert", lead, title="Fair")
    go_on(acting)

    (made,) = actions_of(acting.database, acting.tenant_id)
    assert (made.state, made.problem) == ("failed", lead_writes.GONE)


def test_a_new_lead_is_made_with_its_person_and_organization(acting: Acting) -> None:
    press(acting, "lead.create", "new-1", **NEW)
    go_on(acting)

    assert [each.problem for each in actions_of(acting.database, acting.tenant_id)] == [""]
    (lead,) = all_of(acting, "lead")
    person = acting.home.crm.store.get("person", lead["person_id"])
    assert (person["name"], person["emails"][0]["value"]) == ("Jana Nova", "jana@globex.test")
    assert acting.home.crm.store.name("organization", lead["organization_id"]) == "Globex two"
    assert (lead["value"]["amount"], all_of(acting, "note")[0]["lead_id"]) == (300, lead["id"])
    assert actions_of(acting.database, acting.tenant_id)[0].object_id == lead["id"]
    assert [each.details for each in lines(acting.database, acting.tenant_id)] == []


def test_the_note_of_a_new_lead_is_there_once_wherever_its_worker_died(
    acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(acting, "lead.create", "new-1", **NEW)
    with monkeypatch.context() as killed:
        killed.setattr(lead_writes, "_add_first_note", lambda *_: None)
        go_on(acting)
    assert all_of(acting, "note") == []
    for _ in range(2):
        die_after(acting)
        go_on(acting)

    assert [each["content"] for each in all_of(acting, "note")] == ["Met at the fair"]
    assert len(all_of(acting, "lead")) == 1


@pytest.mark.parametrize("email", [NEW["email"], ""])
@pytest.mark.parametrize("step", ["add_person", "add_lead"])
def test_a_worker_killed_before_the_lead_leaves_one_person_and_one_organization(
    acting: Acting, monkeypatch: pytest.MonkeyPatch, step: str, email: str
) -> None:
    monkeypatch.setattr(PipedriveApi, "_search", lambda *_: [])  # it finds what is new some moments later
    press(acting, "lead.create", "new-1", **{**NEW, "email": email})

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PipedriveApi, step, killed)
        with pytest.raises(KeyboardInterrupt):
            acting.work()
    acting.make_due()
    go_on(acting)

    assert [each["name"] for each in all_of(acting, "person")].count("Jana Nova") == 1
    assert [each["name"] for each in all_of(acting, "organization")].count("Globex two") == 1
    assert len(all_of(acting, "lead")) == 1


def test_a_known_person_is_taken_and_a_killed_worker_makes_no_second_lead(acting: Acting) -> None:
    press(acting, "lead.create", "new-1", **NEW)
    go_on(acting)
    people = len(all_of(acting, "person"))
    die_after(acting)
    go_on(acting)
    press(acting, "lead.create", "new-2", **{**NEW, "title": "Another"})
    go_on(acting)

    assert [each["title"] for each in all_of(acting, "lead")] == ["Inbound", "Another"]
    assert len(all_of(acting, "person")) == people


@pytest.mark.parametrize(
    ("do", "fields", "holds"),
    [
        ("deal.route", {"owner_id": 2}, {"owner_id": 2}),
        ("deal.lost", {"status": "lost"}, {"status": "lost"}),
        ("deal.edit", {"value": {"amount": 450.0, "currency": "EUR"}}, {"value": 450, "currency": "EUR"}),
        ("deal.edit", {"title": "New title"}, {"title": "New title"}),
    ],
)
def test_a_deal_that_is_a_lead_is_changed_as_a_deal(
    acting: Acting, do: str, fields: dict[str, Any], holds: dict[str, Any]
) -> None:
    deal = acting.home.crm.store.create("deal", {"title": "Inbound", "owner_id": 1}, ApiUser(1))
    present = {"deal.route": "1", "deal.lost": "open"}.get(do, "")
    acting.press(acting.ben, do, deal["id"], entity="deal", fields=fields, present=present)
    acting.work()

    stored = acting.deal(deal["id"])
    assert {key: stored[key] for key in holds} == holds
    assert acting.states() == ["done"]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("do", ["deal.contacted", "deal.snooze"])
def test_what_is_done_with_a_deal_as_a_lead_is_there_once(acting: Acting, do: str, times: int) -> None:
    deal = acting.home.crm.store.create("deal", {"title": "Inbound", "owner_id": 1}, ApiUser(1))
    fields = {"subject": "Contacted", "type": "call", "done": True, "content": "Not now"}
    kept = ("subject", "type", "done") if do == "deal.contacted" else ("content",)
    asked = {key: fields[key] for key in kept}
    acting.press(acting.ben, do, deal["id"], entity="deal", fields=asked)
    for _ in range(times):
        acting.work()
        die_after(acting)
    acting.work()
    made = all_of(acting, "activity" if do == "deal.contacted" else "note")
    assert [each["deal_id"] for each in made if each.get("deal_id") == deal["id"]] == [deal["id"]]
