"""API spendings: one line of the ledger a tenant and day."""

from __future__ import annotations

from datetime import date

from models.database.engine import Database
from models.tables import ApiUsage
from tests.conftest import TwoTenants
from tests.models.rows import add, refused

DAY = date(2026, 11, 21)


def test_each_tenant_has_one_line_a_day(database: Database, tenants: TwoTenants) -> None:
    add(database, *(ApiUsage(tenant_id=tenant, day=DAY, tokens=5, calls=1) for tenant in tenants))
    refused(database, ApiUsage(tenant_id=tenants.ours, day=DAY))
