"""The funnel of leads and deals, hand-counted, on both databases, with two tenants."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.leads.deals import INBOUND, SALES, choose, name_pipelines, new_deal
from tests.models.leads.known import look
from tests.models.sales_reports.deals import HOUR, managers, new, report, tell, won
from tests.models.sales_reports.lead_week import lead_week


@pytest.fixture
def boss(database: Database, tenants: TwoTenants) -> Actor:
    return lead_week(database, tenants)


def test_leads_are_counted_step_by_step(database: Database, boss: Actor) -> None:
    found = report(database, boss, "funnel")

    assert [(row.name, row.count, row.of) for row in found.of_part("leads")] == [
        ("came", 4, None),
        ("contacted", 3, 4),
        ("qualified", 2, 4),
        ("converted", 1, 4),
    ]
    assert [(row.name, row.count, row.of) for row in found.of_part("sources")] == [
        ("Web", 1, 3),
        ("Fair", 0, 1),
    ]
    assert found.counted_since is None


def test_deals_that_are_leads_are_counted_from_their_choice_on(
    database: Database, boss: Actor, tenants: TwoTenants
) -> None:
    name_pipelines(database, *tenants)
    new_deal(database, boss.tenant, 70, title="Known before", add_time=(now() - HOUR).isoformat())
    choose(database, boss.tenant, INBOUND)
    for number in (71, 72):
        new_deal(database, boss.tenant, number, origin="Web")
        new_deal(database, tenants.theirs, number)
    new_deal(database, boss.tenant, 72, origin="Web", pipeline_id=int(SALES))
    look(database)
    found = report(database, boss, "funnel")

    counted = {row.name: (row.count, row.of) for row in found.of_part("leads")}
    assert (counted["came"], counted["converted"]) == ((6, None), (2, 6))
    assert {row.name: (row.count, row.of) for row in found.of_part("sources")}["Web"] == (2, 5)


def test_deals_are_counted_by_the_stages_they_reached(database: Database, boss: Actor) -> None:
    for number in (1, 2, 3):
        new(database, boss.tenant, number, at=now() - 3 * HOUR)
    tell(database, boss.tenant, 2, before={"stage_id": 1}, stage_id=3, at=now() - 2 * HOUR)
    tell(database, boss.tenant, 2, before={"stage_id": 3}, stage_id=1, at=now() - HOUR)
    won(database, boss.tenant, 3, stage_id=2)
    won(database, boss.tenant, 9, stage_id=3)
    found = report(database, boss, "funnel")

    assert [(row.name, row.count, row.of) for row in found.of_part("stages")] == [
        ("Qualified", 3, 3),
        ("Proposal", 2, 3),
        ("Signing", 1, 3),
    ]
    assert [(row.name, row.count, row.of) for row in found.of_part("stages_won")] == [("Sales", 1, 3)]


def test_stages_of_unknown_order_are_said_to_be_unknown(database: Database, boss: Actor) -> None:
    new(database, boss.tenant, 1, stage_id=77)

    assert report(database, boss, "funnel").unknown == ("stages",)


def test_leads_from_before_the_record_are_left_out(
    database: Database, boss: Actor, tenants: TwoTenants
) -> None:
    found = report(database, managers(database, tenants.theirs), "funnel")

    assert (found.of_part("leads"), found.counted_since is not None) == ([], True)
