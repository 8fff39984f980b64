"""Tickets: one secret, one ticket; they go with their tenant."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.tables import ConnectLink, Tenant
from models.tables.accounts import CONNECT
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove


def _ticket(digest: str, **columns: object) -> ConnectLink:
    usual = {"purpose": CONNECT, "email": "ada@example.com", "expires_at": now() + timedelta(minutes=10)}
    return ConnectLink(digest=digest, **(usual | columns))


def test_a_secret_opens_one_ticket(database: Database) -> None:
    add(database, _ticket("d"))
    refused(database, _ticket("d"))


def test_a_tenant_that_goes_takes_its_tickets_along(database: Database, tenants: TwoTenants) -> None:
    add(database, _ticket("d", tenant_id=tenants.ours), _ticket("e", tenant_id=tenants.theirs))
    remove(database, Tenant(id=tenants.ours))
    assert count(database, ConnectLink) == 1
