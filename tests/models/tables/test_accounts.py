"""Tenants: what a new one starts with, one name each, and all it owns goes with it."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Connection, Delivery, Destination, Event, Rule, Space, Template, Tenant
from models.tables.base import tenant_tables
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, another, by_schema, count, everything, refused, remove

OWNED = (Connection, Rule, Event, Delivery, Space, Destination, Template)


def test_the_schema_starts_a_tenant_with_a_thousand_cards_a_month(database: Database) -> None:
    made = by_schema(database, "tenants", name="Initech", created_at=LONG_AGO)
    assert (made["monthly_limit"], made["monthly_count"]) == (1000, 0)
    assert (made["plan"], made["status"], made["book_version"]) == ("starter", "active", 1)


def test_a_limit_left_unsaid_is_a_thousand_and_none_is_no_limit(database: Database) -> None:
    add(database, Tenant(name="Unsaid"), Tenant(name="Without", monthly_limit=None))
    with database.reading_all() as session:
        limits = dict(session.execute(select(Tenant.name, Tenant.monthly_limit)).all())
    assert limits == {"Unsaid": 1000, "Without": None}


def test_two_tenants_never_share_a_name(database: Database, tenants: TwoTenants) -> None:
    refused(database, Tenant(name="Acme"))


def test_a_tenant_that_goes_takes_its_own_rows_along_and_no_others(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        everything(database, tenant_id)
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.theirs)

    remove(database, gone)

    kept = {table.__tablename__: count(database, table) for table in (Tenant, *OWNED)}
    assert kept == dict.fromkeys(kept, 1)


def test_tenants_are_the_owners_and_owned_by_nobody(database: Database) -> None:
    assert "tenants" not in tenant_tables()
    assert another(database).id is not None
