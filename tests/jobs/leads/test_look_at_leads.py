"""Leads that changed are looked at in batches, and idle workers write nothing."""

from __future__ import annotations

from jobs.leads import look_at_leads
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.leads.known import happened, hear


def test_every_lead_is_looked_at_in_batches(database: Database, tenants: TwoTenants) -> None:
    for number in (1, 2, 3):
        hear(database, tenants.ours, number)
    hear(database, tenants.theirs)
    turns = 1
    while look_at_leads.look_at_leads(database):
        turns += 1

    assert happened(database, tenants.ours, 3) == happened(database, tenants.theirs) == ["created"]
    assert not look_at_leads.look_at_leads(database)
