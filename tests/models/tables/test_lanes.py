"""Lanes: one a space and tenant, at rest until something is owed."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Lane, Tenant
from tests.conftest import TwoTenants
from tests.models.rows import add, by_schema, count, refused, remove


def test_the_schema_starts_a_lane_without_a_due_time(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(database, "lanes", tenant_id=tenants.ours, lane="spaces/A")
    assert made == {
        "tenant_id": tenants.ours,
        "lane": "spaces/A",
        "due_at": None,
        "free_at": None,
        "backoff": 0,
        "lease_token": None,
        "lease_until": None,
    }


def test_a_space_is_one_lane_of_each_tenant_that_posts_there(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Lane(tenant_id=each, lane="spaces/A") for each in tenants))
    refused(database, Lane(tenant_id=tenants.ours, lane="spaces/A"))


def test_lanes_go_with_their_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Lane(tenant_id=each, lane="spaces/A") for each in tenants))
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)
    assert count(database, Lane) == 1
