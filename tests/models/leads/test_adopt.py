"""After another choice known deals become leads, or are none any more; nothing of another team changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest
from models.leads.adopt import NO_LEAD
from models.leads.queries import LeadFilter
from models.leads.snooze import snooze_row
from models.routing.answers import accept
from models.tables import Assignment, DurableWait, Lead, LeadHistory, LeadScore, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.deals import INBOUND, SALES, adopt, choose, deal, deal_row, name_pipelines, new_deal
from tests.models.leads.known import hear, look, seen
from tests.models.routing.team import add_team, route_due, set_policy
from tests.models.rows import count


@pytest.fixture(autouse=True)
def pipelines(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)


def test_known_open_deals_become_leads_and_are_not_routed(database: Database, tenants: TwoTenants) -> None:
    (ada,) = add_team(database, tenants.ours, 1)
    set_policy(database, [ada], now() - timedelta(days=1))
    deal(database, tenants.ours, 1, title="Inbound")
    deal(database, tenants.ours, 2, title="Won", status="won")
    deal(database, tenants.ours, 3, title="Sales", pipeline_id=int(SALES))
    deal(database, tenants.theirs, 1, title="Theirs")
    choose(database, tenants.ours, INBOUND)
    look(database)
    route_due(database, now() + timedelta(seconds=2))

    assert seen(database, ada) == ["Inbound"]
    assert count(database, Lead) == 1
    assert count(database, Assignment) == 0
    row = deal_row(database, tenants.ours, 1)
    assert row is not None
    assert row.score is not None


def test_a_deal_that_was_written_by_an_older_choice_is_found_later(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.ours, "ada")
    choose(database, tenants.ours, INBOUND)
    choose(database, tenants.theirs)
    with database.writing_all() as session:
        session.execute(delete(Lead))
    deal(database, tenants.ours, 1, title="Late")
    with database.writing_all() as session:  # as if the process that wrote it knew of no choice
        session.execute(delete(Lead))
    assert adopt(database) == 0
    adopt(database, now() + timedelta(minutes=2))

    assert seen(database, ada) == ["Late"]
    assert adopt(database, now() + timedelta(days=1)) == 0


def test_what_is_no_lead_any_more_leaves_lists_scores_and_waits(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.ours, "ada")
    choose(database, tenants.ours, INBOUND, SALES)
    new_deal(database, tenants.ours, 1, title="Goes")
    new_deal(database, tenants.ours, 2, title="Stays", pipeline_id=int(SALES))
    hear(database, tenants.ours, 1, title="Of the inbox")
    look(database)
    row = deal_row(database, tenants.ours, 1)
    assert row is not None
    with database.writing(tenants.ours) as session:
        snooze_row(session, ada, row, now() + timedelta(days=2), "busy", now())
    choose(database, tenants.ours, SALES)

    everything = LeadFilter(closed=None, snoozed=None)
    assert sorted(seen(database, ada, everything)) == ["Of the inbox", "Stays"]
    with database.reading(tenants.ours) as session:
        (wait,) = session.scalars(select(DurableWait))
        assert (wait.state, wait.reason) == ("ended", NO_LEAD)


def test_an_offer_of_what_is_no_lead_any_more_cannot_be_accepted(
    database: Database, tenants: TwoTenants
) -> None:
    (ada,) = add_team(database, tenants.ours, 1)
    set_policy(database, [ada], now() - timedelta(days=1), claim_minutes=30)
    choose(database, tenants.ours, INBOUND)
    new_deal(database, tenants.ours, 1, owner_id=9, at=now())
    route_due(database, now() + timedelta(seconds=2))
    with database.reading(tenants.ours) as session:
        (offered,) = session.scalars(select(Assignment))
        assert (offered.entity, offered.state) == ("deal", "offered")
    choose(database, tenants.ours)

    with database.reading(tenants.ours) as session:
        (ended,) = session.scalars(select(Assignment))
        assert (ended.state, ended.reason) == ("taken", NO_LEAD)
        assert {each.state for each in session.scalars(select(DurableWait))} == {"ended"}
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest, match="no leads any more"):
        accept(session, ada, offered.id, now())


def test_a_deal_that_is_a_lead_again_is_as_far_as_it_was(database: Database, tenants: TwoTenants) -> None:
    choose(database, tenants.ours, INBOUND)
    new_deal(database, tenants.ours, 1)
    at = now()
    with database.writing(tenants.ours) as session:
        line = LeadHistory(tenant_id=tenants.ours, entity="deal", object_id="1", key="action:1", at=at)
        line.what = "contacted"
        session.add(line)
    choose(database, tenants.ours)
    assert deal_row(database, tenants.ours, 1) is None
    choose(database, tenants.ours, INBOUND)
    look(database)

    row = deal_row(database, tenants.ours, 1)
    assert row is not None
    assert (row.status, row.contacted_at) == (LeadStatus.CONTACTED, at)
    assert count(database, LeadScore) >= 1
