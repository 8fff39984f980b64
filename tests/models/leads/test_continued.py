"""A lead of the inbox that became a deal of a chosen pipeline is one lead, whoever converted it, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.clock import now
from models.database.engine import Database
from models.leads.done import note_done
from models.leads.mirror import name_deals
from models.leads.queries import LeadFilter
from models.tables import Assignment, CardAction, Lead, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.deals import INBOUND, choose, deal, deal_row, name_pipelines, what_happened
from tests.models.leads.known import hear, lead_id, look, row, seen
from tests.models.routing.team import add_team, route_due, set_policy
from tests.models.rows import add, count

ALL = LeadFilter(closed=None, snoozed=None)


@pytest.fixture(autouse=True)
def chosen(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    choose(database, tenants.ours, INBOUND)


def converting(database: Database, tenant_id: int, state: str = "writing", **more: object) -> CardAction:
    """What somebody asked for, who makes a deal of a lead."""
    person = add_person(database, tenant_id, "Converter")
    action = CardAction(tenant_id=tenant_id, user_id=person.user_id, key="c", do="lead.convert", lane="")
    action.entity, action.object_id, action.state = "lead", lead_id(1), state
    action.fields = {"title": "Globex"}
    for name, value in more.items():
        setattr(action, name, value)
    add(database, action)
    return action


def end(database: Database, action: CardAction) -> None:
    with database.writing(action.tenant_id) as session:
        stored = session.get_one(CardAction, (action.tenant_id, action.id))
        stored.state, stored.result_id = "done", "7"
        note_done(session, stored, now())


def check_is_one(database: Database, tenants: TwoTenants) -> None:
    ben = add_person(database, tenants.ours, "Ben")
    assert seen(database, ben) == ["Globex"]
    assert seen(database, ben, ALL) == ["Globex"]
    before, after = row(database, tenants.ours), deal_row(database, tenants.ours)
    assert (before.status, before.deal_id, before.is_open) == (LeadStatus.CONVERTED, "7", False)
    assert after is not None
    assert (after.status, after.is_open) == (LeadStatus.NEW, True)
    assert after.added_at == before.added_at
    assert what_happened(database, tenants.ours) == [("created", ""), ("converted", "")]


def test_a_deal_that_comes_after_the_end_goes_on(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex", at=now() - timedelta(hours=3))
    look(database)
    end(database, converting(database, tenants.ours))
    deal(database, tenants.ours, title="Globex")
    hear(database, tenants.ours, title="Globex", is_archived=True)
    look(database)

    check_is_one(database, tenants)


def test_a_deal_that_comes_while_it_is_made_goes_on(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex", at=now() - timedelta(hours=3))
    look(database)
    action = converting(database, tenants.ours)
    deal(database, tenants.ours, title="Globex")
    look(database)
    ada = add_person(database, tenants.ours, "Ada")
    assert seen(database, ada, ALL) == ["Globex"]
    end(database, action)
    hear(database, tenants.ours, title="Globex", is_archived=True)
    look(database)

    check_is_one(database, tenants)


def test_another_deal_of_the_same_title_is_a_lead_of_its_own(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex", organization_id=3)
    look(database)
    converting(database, tenants.ours)
    deal(database, tenants.ours, 8, title="Globex", org_id=4)
    look(database)

    ada = add_person(database, tenants.ours, "Ada")
    assert seen(database, ada) == ["Globex", "Globex"]
    assert row(database, tenants.ours).is_open


def test_a_deal_that_names_its_lead_goes_on_and_is_not_routed(
    database: Database, tenants: TwoTenants
) -> None:
    team = add_team(database, tenants.ours, 1)
    hear(database, tenants.ours, title="Globex", at=now() - timedelta(days=3))
    look(database)
    set_policy(database, team, now() - timedelta(days=1))
    deal(database, tenants.ours, title="Globex", source_lead_id=lead_id(1))
    look(database)
    route_due(database, now() + timedelta(seconds=2))

    assert count(database, Assignment) == 0
    check_is_one(database, tenants)


def test_a_deal_that_came_before_anybody_knew_goes_on(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex", at=now() - timedelta(hours=3))
    deal(database, tenants.ours, title="Globex")
    look(database)
    assert count(database, Lead) == 2
    end(database, converting(database, tenants.ours, created_at=now() - timedelta(days=1)))

    assert seen(database, add_person(database, tenants.ours, "Ada"), ALL) == ["Globex"]


@pytest.mark.parametrize("is_named", [True, False])
def test_a_deal_that_somebody_made_in_pipedrive_goes_on_though_the_archive_came_first(
    database: Database, tenants: TwoTenants, *, is_named: bool
) -> None:
    """The deal names its lead, or Pipedrive is asked once both are known."""
    for each in tenants:
        hear(database, each, title="Globex", at=now() - timedelta(hours=3))
    look(database)
    for each in tenants:
        hear(database, each, title="Globex", is_archived=True)
    look(database)
    deal(database, tenants.ours, title="Globex", source_lead_id=lead_id(1) if is_named else None)
    look(database)
    if not is_named:
        with database.writing(tenants.ours) as session:
            assert name_deals(session, {(tenants.ours, lead_id(1)): "7"}, now()) == 1
        look(database)

    ada = add_person(database, tenants.ours, "Ada")
    assert seen(database, ada, ALL) == ["Globex"]
    before, after = row(database, tenants.ours), deal_row(database, tenants.ours)
    assert (before.status, before.deal_id) == (LeadStatus.CONVERTED, "7")
    assert after is not None
    assert (after.is_open, after.added_at) == (True, before.added_at)
    ends = [what for what, _ in what_happened(database, tenants.ours) if what in ("lost", "converted")]
    assert ends == ["converted"]
    assert row(database, tenants.theirs).status == LeadStatus.LOST


def test_where_such_deals_are_no_leads_the_lead_is_converted(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.theirs, title="Globex")
    look(database)
    end(database, converting(database, tenants.theirs))
    deal(database, tenants.theirs, title="Globex")
    look(database)

    ben = add_person(database, tenants.theirs, "Ben")
    assert seen(database, ben) == []
    assert seen(database, ben, ALL) == ["Globex"]
    assert row(database, tenants.theirs).status == LeadStatus.CONVERTED
