"""Figures and notes belong to one tenant and go with it."""

from __future__ import annotations

from sqlalchemy import delete

from models.database.engine import Database
from models.tables import Tenant
from models.tables.reports import Figure, FigureName, RollUp, StaleHour
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused

KEY = {"kind": "all", "period": "2026-11-28", "rule_id": 0, "destination_id": 0, "user_id": 0, "took": {}}


def test_a_whole_has_one_row_a_period_in_each_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Figure(tenant_id=each, **KEY) for each in tenants))
    refused(database, Figure(tenant_id=tenants.ours, **KEY))


def test_all_of_it_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        add(
            database,
            Figure(tenant_id=each, **KEY),
            FigureName(tenant_id=each, kind="rule", number=1, name="Wins"),
            StaleHour(tenant_id=each, hour="2026-11-28T09"),
        )
    with database.writing_all() as session:
        session.execute(delete(Tenant).where(Tenant.id == tenants.ours))
    assert [count(database, table) for table in (Figure, FigureName, StaleHour, RollUp)] == [1, 1, 1, 0]
