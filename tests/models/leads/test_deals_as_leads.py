"""A deal of a chosen pipeline is a lead while it is open there; nothing is one for a team that chose none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.leads.actions import (
    assign_lead,
    claim_lead,
    contact_lead,
    convert_lead,
    edit_lead,
    lose_lead,
    move_lead,
    note_on_lead,
    qualify_lead,
    snooze_lead,
)
from models.leads.done import note_done
from models.leads.mirror import mirror
from models.leads.queries import LeadFilter, activities_of, get_lead, view_of
from models.leads.scoring import reasons_for
from models.stalled.track import packed
from models.tables import Assignment, CardAction, Event, Lead, LeadStatus, Rule
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.deals import (
    INBOUND,
    SALES,
    choose,
    deal,
    deal_row,
    later,
    name_pipelines,
    new_deal,
    what_happened,
)
from tests.models.leads.known import add_users, hear, look, match, seen, via
from tests.models.routing.team import route_due, set_policy
from tests.models.rows import add, count


@pytest.fixture(autouse=True)
def chosen(database: Database, tenants: TwoTenants) -> None:
    """Both have an Inbound pipeline; only ours says that its deals are leads."""
    name_pipelines(database, *tenants)
    choose(database, tenants.ours, INBOUND)


def test_a_new_deal_is_a_lead_of_the_team_that_chose(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        new_deal(database, each, title="Globex")
    new_deal(database, tenants.ours, 8, title="Elsewhere", pipeline_id=int(SALES))

    assert seen(database, add_person(database, tenants.ours, "Ada")) == ["Globex"]
    assert seen(database, add_person(database, tenants.theirs, "Ben")) == []
    assert count(database, Lead) == 1
    assert what_happened(database, tenants.ours) == [("created", "")]


def test_one_that_moves_in_is_a_lead_and_one_that_comes_late_changes_nothing(
    database: Database, tenants: TwoTenants
) -> None:
    new_deal(database, tenants.ours, pipeline_id=int(SALES))
    assert deal_row(database, tenants.ours) is None
    new_deal(database, tenants.ours)
    deal(database, tenants.ours, pipeline_id=int(SALES), at=now() - timedelta(hours=1))
    row = deal_row(database, tenants.ours)
    assert row is not None
    assert (row.is_open, row.pipeline_id, row.status) == (True, INBOUND, LeadStatus.NEW)


@pytest.mark.parametrize(
    ("state", "status", "line"),
    [
        ({"status": "won"}, LeadStatus.CONVERTED, ("converted", "won")),
        ({"pipeline_id": int(SALES)}, LeadStatus.CONVERTED, ("converted", "moved")),
        ({"status": "lost"}, LeadStatus.LOST, ("lost", "lost")),
        ({"is_archived": True}, LeadStatus.LOST, ("lost", "lost")),
        ({"action": "delete"}, LeadStatus.LOST, ("lost", "deleted")),
    ],
)
def test_one_that_ends_is_listed_no_more_and_comes_back(
    database: Database, tenants: TwoTenants, state: dict[str, Any], status: LeadStatus, line: tuple[str, str]
) -> None:
    ada = add_person(database, tenants.ours, "Ada")
    new_deal(database, tenants.ours)
    new_deal(database, tenants.ours, **state)
    row = deal_row(database, tenants.ours)
    assert row is not None
    assert (row.is_open, row.status, row.pipeline_id) == (False, status, INBOUND)
    assert seen(database, ada) == []
    assert what_happened(database, tenants.ours) == [("created", ""), line]
    new_deal(database, tenants.ours)
    assert seen(database, ada) == ["Deal 7"]
    assert what_happened(database, tenants.ours)[2:] == [("reopened", "")]


def test_one_that_is_won_after_all_was_converted(database: Database, tenants: TwoTenants) -> None:
    new_deal(database, tenants.ours)
    for status in ("lost", "won", "won"):
        new_deal(database, tenants.ours, status=status)
    assert what_happened(database, tenants.ours)[1:] == [("lost", "lost"), ("converted", "won")]


def test_one_that_is_closed_when_we_hear_of_it_is_none(database: Database, tenants: TwoTenants) -> None:
    new_deal(database, tenants.ours, status="won")
    assert count(database, Lead) == 0


def test_its_score_has_the_reasons_of_a_lead(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, 3, entity="person", name="Jana", emails=[{"value": "jana@x.test"}])
    new_deal(database, tenants.ours, person_id=3, org_id=4, value=5000, currency="EUR", origin="WebForms")
    hear(database, tenants.ours, 9, entity="activity", subject="Call", deal_id=7, done=True)
    assert look(database) == 1
    ada = add_person(database, tenants.ours, "Ada")
    with database.reading(tenants.ours) as session:
        lead = get_lead(view_of(session, ada, now()), "deal-7")
        assert lead is not None
        parts = {each.part for each in reasons_for(session, lead.ref)}
        calls = activities_of(view_of(session, ada, now()), lead, limit=5)
        assert lead.deal_id == "7"
    assert parts == {"email", "organization", "value", "activity", "age"}
    assert [each.id for each in calls] == ["9"]


def test_another_score_is_an_event_of_the_deal_that_rules_for_scores_match(
    database: Database, tenants: TwoTenants
) -> None:
    rule = Rule(tenant_id=tenants.ours, name="Hot", event_types=["lead.scored"], made_by="", look="compact")
    add(database, rule)
    new_deal(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        (event,) = session.scalars(select(Event))
    assert b'"entity":"deal"' in event.raw
    assert b'"signal":"scored"' in event.raw


def test_a_new_one_is_routed_and_an_old_one_that_moves_in_is_not(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.ours, "Ada", role="admin")
    add_users(database, tenants.ours, 1)
    match(database, ada, 1)
    set_policy(
        database, [ada], now() - timedelta(days=1), when={"field": "pipeline_id", "op": "is", "value": 5}
    )
    new_deal(database, tenants.ours, 1)
    new_deal(database, tenants.ours, 2, add_time=(now() - timedelta(hours=20)).isoformat())
    new_deal(database, tenants.theirs, 1)
    assert route_due(database, later(seconds=5)) == 1
    with database.reading_all() as session:
        (offered,) = session.scalars(select(Assignment))
        (written,) = session.scalars(select(CardAction))
    assert (offered.tenant_id, offered.object_id, offered.state) == (tenants.ours, "1", "offered")
    assert written.do == "deal.route"


@pytest.mark.parametrize(
    ("act", "args", "do", "fields"),
    [
        (claim_lead, (), "deal.claim", {"owner_id": 1}),
        (assign_lead, ("2",), "deal.assign", {"owner_id": 2}),
        (contact_lead, (), "deal.contacted", {"type": "call", "done": True}),
        (qualify_lead, (), "deal.qualified", {"content": "Qualified"}),
        (lose_lead, (), "deal.lost", {"status": "lost"}),
        (note_on_lead, ("Hi",), "deal.note", {"content": "Hi"}),
        (snooze_lead, (later(days=3), "budget"), "deal.snooze", {}),
        (edit_lead, ({"title": "New"},), "deal.edit", {"title": "New"}),
        (move_lead, ("61",), "deal.move", {"stage_id": 61}),
    ],
)
def test_what_people_do_is_written_to_the_deal(
    database: Database, tenants: TwoTenants, act: Any, args: tuple[Any, ...], do: str, fields: dict[str, Any]
) -> None:
    ada = add_person(database, tenants.ours, "Ada")
    new_deal(database, tenants.ours, owner_id=9)
    with database.writing(tenants.ours) as session:
        lead = get_lead(view_of(session, ada, now()), "deal-7")
        assert lead is not None
        act(session, ada, lead, *args, via())
    with database.reading(tenants.ours) as session:
        (action,) = session.scalars(select(CardAction))
        assert (action.do, action.entity, action.object_id) == (do, "deal", "7")
        assert {key: action.fields[key] for key in fields} == fields


def test_it_cannot_be_made_a_deal_again(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours, "Ada")
    viewer = add_person(database, tenants.ours, "Viewer", None, role="viewer")
    new_deal(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        lead = get_lead(view_of(session, ada, now()), "deal-7")
        assert lead is not None
        with pytest.raises(InvalidRequest, match="a deal already"):
            convert_lead(session, ada, lead, via())
        with pytest.raises(InvalidRequest):
            move_lead(session, ada, lead, "x", via())
        with pytest.raises(NotAllowed):
            move_lead(session, viewer, lead, "61", via())


@pytest.mark.parametrize(
    ("verb", "line", "status"),
    [
        ("claim", ("claimed", ""), "new"),
        ("contacted", ("contacted", ""), "contacted"),
        ("qualified", ("qualified", ""), "qualified"),
        ("won", ("converted", "won"), "converted"),
        ("lost", ("lost", "lost"), "lost"),
    ],
)
def test_what_was_written_is_a_line_of_its_history(
    database: Database, tenants: TwoTenants, verb: str, line: tuple[str, str], status: str
) -> None:
    for each in tenants:
        new_deal(database, each)
        person = add_person(database, each, f"P{each}")
        action = CardAction(tenant_id=each, user_id=person.user_id, key=verb, do=f"deal.{verb}", lane="")
        action.entity, action.object_id, action.state = "deal", "7", "done"
        action.fields = {"owner_id": 2}
        add(database, action)
        with database.writing(each) as session:
            note_done(session, session.merge(action), now())
    row = deal_row(database, tenants.ours)
    assert row is not None
    assert (row.status, what_happened(database, tenants.ours)[1:]) == (status, [line])
    assert what_happened(database, tenants.theirs) == []


def test_filters_count_it_as_a_lead(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours, "Ada")
    new_deal(database, tenants.ours, 1, title="Won one", origin="API")
    new_deal(database, tenants.ours, 1, title="Won one", origin="API", status="won")
    hear(database, tenants.ours, 2, title="Of the inbox", source_name="API")
    look(database)

    both = LeadFilter(closed=None, snoozed=None, source="api")
    assert sorted(seen(database, ada, both)) == ["Of the inbox", "Won one"]
    wanted = LeadFilter(closed=None, status=LeadStatus.CONVERTED)
    assert seen(database, ada, wanted) == ["Won one"]


def test_a_team_without_pipelines_stores_nothing_more_for_a_deal(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a statement: the hot road of most teams is as long as it was."""

    class NoSession:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    row = {
        "tenant_id": tenants.theirs,
        "entity": "deal",
        "object_id": "1",
        "changed_at": now(),
        "lead_id": None,
        "state": packed("deal", {"title": "Globex"}, None),
    }
    call = {**row, "entity": "activity", "deal_id": "1"}
    nobody: Any = NoSession()
    mirror(nobody, [row, call], {tenants.ours: {INBOUND}, tenants.theirs: ()})
    assert count(database, Lead) == 0
