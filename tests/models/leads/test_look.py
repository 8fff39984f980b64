"""What becomes of a lead in Pipedrive gets into its row and history, once, whatever is repeated."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.leads.done import note_done
from models.leads.history import LeadRef
from models.leads.look import put_back
from models.leads.notify import notify_without_card
from models.leads.snooze import bring_back, snooze_row
from models.tables import CardAction, CardCopy, DurableWait, Lead, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import add_person, body_of, deliver, notices_to
from tests.models.leads.deals import INBOUND, choose, name_pipelines, new_deal, what_happened
from tests.models.leads.known import happened, hear, lead_id, lines, look, row
from tests.models.rows import add


def test_a_new_lead_begins_its_history_once(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    assert look(database) == 1
    hear(database, tenants.ours)
    look(database)

    assert happened(database, tenants.ours) == ["created"]
    assert lines(database, tenants.theirs) == []


def test_a_new_owner_in_pipedrive_is_a_line(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, owner_id=1)
    look(database)
    hear(database, tenants.ours, owner_id=2)
    look(database)

    assert happened(database, tenants.ours) == ["created", "owner_changed"]
    assert lines(database, tenants.ours)[1].details == {"owner_id": "2"}


def test_a_lead_that_failed_and_is_no_longer_due_is_not_put_back(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant_id in (tenants.ours, tenants.theirs):
        hear(database, tenant_id)
    ref = LeadRef(tenants.ours, "lead", lead_id(1))
    key = (ref.tenant_id, ref.entity, ref.id)
    at = now()
    for look_at in (at + timedelta(milliseconds=1), None):
        with database.writing_all() as session:
            session.get_one(Lead, key).look_at = look_at
        with database.writing_all() as session:
            put_back(session, ref, at)
        assert (row(database, tenants.ours).look_at, row(database, tenants.ours).failed_looks) == (look_at, 0)

    with database.writing_all() as session:
        session.get_one(Lead, key).look_at = at
    with database.writing_all() as session:
        put_back(session, ref, at)
    assert row(database, tenants.ours).look_at == at + timedelta(minutes=1)
    assert row(database, tenants.theirs).failed_looks == 0


@pytest.mark.parametrize("end", ["archived", "deleted"])
def test_a_lead_that_goes_without_a_deal_is_lost(database: Database, tenants: TwoTenants, end: str) -> None:
    hear(database, tenants.ours)
    look(database)
    if end == "archived":
        hear(database, tenants.ours, is_archived=True)
    else:
        hear(database, tenants.ours, action="delete")
    look(database)

    assert row(database, tenants.ours).status == LeadStatus.LOST
    assert happened(database, tenants.ours) == ["created", "lost"]


def test_a_lead_that_comes_back_is_open_again(database: Database, tenants: TwoTenants) -> None:
    for is_archived in (False, True, False):
        hear(database, tenants.ours, is_archived=is_archived)
        look(database)

    assert row(database, tenants.ours).status == LeadStatus.NEW
    assert happened(database, tenants.ours) == ["created", "lost", "reopened"]


def test_a_lead_whose_deal_names_it_was_converted(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex")
    look(database)
    hear(database, tenants.ours, 77, entity="deal", title="Globex", source_lead_id=lead_id(1))
    hear(database, tenants.ours, title="Globex", is_archived=True)
    look(database)

    stored = row(database, tenants.ours)
    assert (stored.status, stored.deal_id, stored.is_open) == (LeadStatus.CONVERTED, "77", False)


def test_an_activity_lets_its_lead_be_looked_at(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    look(database)
    assert look(database) == 0
    hear(database, tenants.ours, 5, entity="activity", subject="Call", lead_id=lead_id(1))
    assert look(database) == 1


def done(database: Database, tenant_id: int, verb: str, **more: object) -> CardAction:
    """An action on the lead that has just ended well."""
    person = add_person(database, tenant_id, f"P{verb}")
    action = CardAction(tenant_id=tenant_id, user_id=person.user_id, key=verb, do=f"lead.{verb}", lane="")
    action.entity, action.object_id, action.fields, action.state = "lead", lead_id(1), {}, "done"
    for name, value in more.items():
        setattr(action, name, value)
    add(database, action)
    with database.writing(tenant_id) as session:
        note_done(session, session.merge(action), now())
        note_done(session, session.merge(action), now())  # a worker that was killed, and the next one
    return action


@pytest.mark.parametrize(
    ("verb", "line", "status"),
    [
        ("claim", "claimed", "new"),
        ("assign", "assigned", "new"),
        ("contacted", "contacted", "contacted"),
        ("qualified", "qualified", "qualified"),
        ("note", "note", "new"),
        ("activity", "follow_up", "new"),
        ("lost", "lost", "lost"),
        ("edit", "edited", "new"),
        ("convert", "converted", "converted"),
    ],
)
def test_what_was_written_is_one_line_and_the_status(
    database: Database, tenants: TwoTenants, verb: str, line: str, status: str
) -> None:
    hear(database, tenants.ours)
    look(database)
    done(database, tenants.ours, verb, fields={"owner_id": 2, "content": "Hi"}, result_id="9")
    look(database)

    assert happened(database, tenants.ours) == ["created", line]
    assert row(database, tenants.ours).status == status
    assert lines(database, tenants.ours)[1].who == f"P{verb}"


@pytest.mark.parametrize(
    ("verb", "ended", "status", "line"),
    [
        ("convert", "done", LeadStatus.CONVERTED, "converted"),
        ("lost", "done", LeadStatus.LOST, "lost"),
        ("convert", "failed", LeadStatus.LOST, "lost"),
    ],
)
def test_an_archive_while_we_end_a_lead_is_told_once(
    database: Database, tenants: TwoTenants, verb: str, ended: str, status: LeadStatus, line: str
) -> None:
    """The webhook of our own write comes before the worker has stored that it is done."""
    for each in tenants:
        hear(database, each)
    look(database)
    action = acting_on(database, tenants.ours, verb, state="writing")
    for each in tenants:
        hear(database, each, is_archived=True)
    look(database)
    assert happened(database, tenants.ours) == ["created"]
    assert happened(database, tenants.theirs) == ["created", "lost"]

    for _ in range(2):  # a worker that was killed, and the next one
        end_action(database, action, ended, result_id="9")
        look(database, now() + timedelta(minutes=1))
    assert happened(database, tenants.ours) == ["created", line]
    assert row(database, tenants.ours).status == status


def test_a_deal_that_we_win_is_no_end_by_nobody(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    choose(database, tenants.ours, INBOUND)
    new_deal(database, tenants.ours)
    action = acting_on(database, tenants.ours, "won", do="deal.won", entity="deal", object_id="7")
    new_deal(database, tenants.ours, status="won")
    end_action(database, action, "done")
    look(database)

    assert what_happened(database, tenants.ours) == [("created", ""), ("converted", "won")]


def acting_on(database: Database, tenant_id: int, verb: str, **more: object) -> CardAction:
    """An action on the lead that a worker is just writing."""
    person = add_person(database, tenant_id, f"P{verb}")
    action = CardAction(tenant_id=tenant_id, user_id=person.user_id, key=verb, do=f"lead.{verb}", lane="")
    action.entity, action.object_id, action.fields, action.state = "lead", lead_id(1), {}, "writing"
    for name, value in more.items():
        setattr(action, name, value)
    add(database, action)
    return action


def end_action(database: Database, action: CardAction, state: str, **more: object) -> None:
    with database.writing(action.tenant_id) as session:
        stored = session.get_one(CardAction, (action.tenant_id, action.id))
        stored.state = state
        for name, value in more.items():
            setattr(stored, name, value)
        note_done(session, stored, now())


def test_the_cards_of_a_converted_lead_go_on_as_those_of_its_deal(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        hear(database, each)
        deliver(database, each, body_of("lead", lead_id(1)))
    done(database, tenants.ours, "convert", result_id="42")

    with database.reading_all() as session:
        shown = {each.tenant_id: (each.entity, each.object_id) for each in session.query(CardCopy).all()}
    assert shown == {tenants.ours: ("deal", "42"), tenants.theirs: ("lead", lead_id(1))}


def test_a_lead_that_was_made_is_named_by_its_action(database: Database, tenants: TwoTenants) -> None:
    made = done(database, tenants.ours, "create", object_id="new-1", result_id=lead_id(1))
    hear(database, tenants.ours)
    look(database)

    with database.reading(tenants.ours) as session:
        assert session.get_one(CardAction, (tenants.ours, made.id)).object_id == lead_id(1)
    assert happened(database, tenants.ours) == ["created"]
    assert lines(database, tenants.ours)[0].who == "Pcreate"


def test_what_failed_changes_nothing(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    done(database, tenants.ours, "contacted", state="failed")
    assert (happened(database, tenants.ours), row(database, tenants.ours).status) == ([], "new")


@pytest.mark.parametrize(("state", "is_told"), [("failed", True), ("done", False)])
def test_who_asked_without_a_card_is_told_of_a_failure(
    database: Database, tenants: TwoTenants, state: str, *, is_told: bool
) -> None:
    hear(database, tenants.ours, title="Globex fair")
    action = done(database, tenants.ours, "note", state=state, problem="No.", needs_notice=is_told)
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            assert notify_without_card(session, session.merge(action), now()) is is_told
    assert len(notices_to(database, tenants.theirs)) == 0


def test_a_lead_comes_back_whatever_zone_the_day_was_said_in(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    until = (now() + timedelta(hours=1)).astimezone(timezone(timedelta(hours=2)))
    hear(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        stored = session.get_one(Lead, (tenants.ours, "lead", lead_id(1)))
        snooze_row(session, ada, stored, until, "busy", now())
    with database.writing(tenants.ours) as session:
        bring_back(session, session.scalars(select(DurableWait)).one(), until)

    assert row(database, tenants.ours).snoozed_until is None
    assert happened(database, tenants.ours) == ["returned"]


def test_a_lead_comes_back_to_whoever_put_it_off(database: Database, tenants: TwoTenants) -> None:
    ada, until = add_person(database, tenants.ours), now() + timedelta(hours=1)
    hear(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        stored = session.get_one(Lead, (tenants.ours, "lead", lead_id(1)))
        stored.snoozed_until, stored.snooze_reason = until, "busy"
    wait = DurableWait(tenant_id=tenants.ours, user_id=ada.user_id, action="lead.return", key="k")
    wait.entity, wait.object_id, wait.due_at = "lead", lead_id(1), until
    wait.details = {"until": until.isoformat()}
    add(database, wait)
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            assert bring_back(session, session.merge(wait), until) == ""

    assert row(database, tenants.ours).snoozed_until is None
    assert happened(database, tenants.ours) == ["returned"]
