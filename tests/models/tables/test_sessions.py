"""Sessions: found by a hash, and they outlive neither their secret nor, as a tenant's, their tenant."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import BrowserSession, Tenant
from tests.conftest import TwoTenants
from tests.models.rows import add, refused, remove


def _session(token_hash: str, **columns: object) -> BrowserSession:
    return BrowserSession(
        token_hash=token_hash, email="ada@example.com", expires_at=now() + timedelta(1), **columns
    )


def test_one_secret_opens_one_session(database: Database) -> None:
    add(database, _session("a"), _session("b"))
    refused(database, _session("a"))


def test_a_tenant_that_goes_leaves_its_people_signed_in_without_it(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, _session("a", tenant_id=tenants.ours))
    remove(database, Tenant(id=tenants.ours))
    with database.reading_all() as session:
        assert session.scalars(select(BrowserSession.tenant_id)).all() == [None]
