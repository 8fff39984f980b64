"""First response and claims, timed by hand: the first claim of a lead counts, a hidden lead does not."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.leads.history import LeadRef, NewLine, add_line
from models.sales_reports.reader import sales_reader
from models.sales_reports.response import claim_times, first_response
from models.tables import Lead
from models.tables.leads import LeadEvent
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import lead_id
from tests.models.sales_reports.deals import report
from tests.models.sales_reports.lead_week import lead_week


def test_first_response_and_claims_are_timed(database: Database, tenants: TwoTenants) -> None:
    boss = lead_week(database, tenants)
    rep = add_person(database, boss.tenant, "Rep", None)
    lead = LeadRef(boss.tenant, "lead", lead_id(1))
    with database.writing(boss.tenant) as session:
        added = session.get_one(Lead, (boss.tenant, "lead", lead.id)).added_at
        for minutes, user_id in ((30, rep.user_id), (50, boss.user_id)):
            at = added + timedelta(minutes=minutes)
            add_line(session, lead, NewLine(LeadEvent.CLAIMED, at, f"claim {minutes}", user_id))
    found = report(database, boss, "response")

    assert [(row.count, row.of, row.seconds) for row in found.of_part("response")] == [(2, 4, 7200.0)]
    assert [(row.name, row.count, row.seconds) for row in found.of_part("claims")] == [("Rep", 1, 1800.0)]


def test_a_lead_that_may_not_be_seen_has_no_claim(database: Database, tenants: TwoTenants) -> None:
    boss = lead_week(database, tenants)
    lead = LeadRef(boss.tenant, "lead", lead_id(5))
    with database.writing(boss.tenant) as session:
        added = session.get_one(Lead, (boss.tenant, "lead", lead.id)).added_at
        add_line(session, lead, NewLine(LeadEvent.CLAIMED, added, "claim", boss.user_id))

    assert report(database, boss, "response").of_part("claims") == []


def test_without_leads_there_is_nothing_to_time(database: Database, tenants: TwoTenants) -> None:
    boss = lead_week(database, tenants)
    with database.reading(boss.tenant) as session:
        assert claim_times(session, sales_reader(session, boss), []) == first_response([]) == []
