"""Leads of a week, for the funnel and for how fast they were answered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.tables import Lead
from tests.conftest import TwoTenants
from tests.models.leads.known import hear, lead_id
from tests.models.sales_reports.deals import HOUR, long_ago, managers


def lead_week(database: Database, tenants: TwoTenants) -> Actor:
    """Four leads of ours, of two sources, one that only user 2 may see, and one of theirs; our manager."""
    long_ago(database, tenants.ours)
    boss, at = managers(database, tenants.ours), now() - 5 * HOUR
    for number, source in ((1, "Web"), (2, "Web"), (3, "Web"), (4, "Fair")):
        hear(database, tenants.ours, number, at=at, source_name=source)
    hear(database, tenants.ours, 5, at=at, source_name="Fair", seen_by=[2])
    hear(database, tenants.theirs, 1, at=at, source_name="Theirs")
    states = ((1, "converted", 60), (2, "contacted", 180), (3, "new", None), (4, "qualified", None))
    with database.writing(tenants.ours) as session:
        for number, status, minutes in states:
            met = None if minutes is None else at + timedelta(minutes=minutes)
            mine = (Lead.tenant_id == tenants.ours, Lead.object_id == lead_id(number))
            values = {"status": status, "contacted_at": met, "added_at": at}
            session.execute(update(Lead).where(*mine).values(**values))
    return boss
