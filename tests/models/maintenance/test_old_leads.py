"""Leads that are over go by their age, with all that was kept of them; open ones stay."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import update

from models.clock import now
from models.database.engine import Database
from models.maintenance.old_leads import prune_leads
from models.tables import Lead, LeadHistory, LeadScore, TrackedObject
from tests.conftest import TwoTenants
from tests.models.leads.deals import INBOUND, choose, name_pipelines, new_deal
from tests.models.leads.known import hear, lead_id, look
from tests.models.rows import count

OLD = now() - timedelta(days=100)


def test_what_is_over_goes_and_what_is_open_stays(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        hear(database, each, 1, at=OLD)
        hear(database, each, 2, at=OLD)
    look(database)
    hear(database, tenants.ours, 1, at=OLD + timedelta(hours=1), is_archived=True)
    hear(database, tenants.theirs, 3, is_archived=True)
    with database.writing_all() as session:
        session.delete(session.get_one(TrackedObject, (tenants.theirs, "lead", lead_id(2))))
    gone: Counter[str] = sum(prune_leads(database, now() - timedelta(days=90)), Counter())

    assert gone["leads"] == 2
    assert [count(database, each) for each in (Lead, LeadHistory, LeadScore)] == [3, 2, 2]


def test_what_is_left_of_deals_that_are_no_leads_goes_by_its_age(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        name_pipelines(database, each)
        choose(database, each, INBOUND)
        new_deal(database, each, 1)
        new_deal(database, each, 2)
    choose(database, tenants.ours)
    with database.writing_all() as session:
        for table in (LeadHistory, LeadScore):
            first = (table.object_id == "1",)
            session.execute(update(table).where(*first).values(at=OLD))
    gone: Counter[str] = sum(prune_leads(database, now() - timedelta(days=90)), Counter())

    assert gone == {"lead_history": 1, "lead_scores": 1}
    assert [count(database, each) for each in (Lead, LeadHistory, LeadScore)] == [2, 3, 3]
