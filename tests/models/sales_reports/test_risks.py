"""Deals at risk: the worst first, each with why; what is not known is said."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.tables import OpenListCheck
from tests.conftest import TwoTenants
from tests.models.rows import add
from tests.models.sales_reports.deals import day, managers, report, sums, tell


def test_deals_with_most_risks_come_first(database: Database, tenants: TwoTenants) -> None:
    boss, old = managers(database, tenants.ours), now() - timedelta(days=20)
    add(database, OpenListCheck(tenant_id=tenants.ours, due_at=now(), progress={}, checked_at=now()))
    tell(database, tenants.ours, 1, value=9000, currency="EUR")
    tell(database, tenants.ours, 2, value=10, currency="EUR", at=old, expected_close_date=day(-3))
    tell(database, tenants.ours, 3, value=50, currency="USD", expected_close_date=day(-3))
    tell(database, tenants.ours, 4, status="won", expected_close_date=day(-3))
    found = report(database, boss)

    assert [(row.id, row.notes) for row in found.of_part("risk")] == [
        ("2", ("close_date_past", "no_next_activity", "stalled")),
        ("3", ("close_date_past", "no_next_activity")),
        ("1", ("no_next_activity",)),
    ]
    assert sums(found, "risk") == [(2, "EUR", 9010.0), (1, "USD", 50.0)]
    assert found.unknown == ()


def test_missing_activities_are_unknown_until_the_lists_were_read(
    database: Database, tenants: TwoTenants
) -> None:
    boss = managers(database, tenants.ours)
    tell(database, tenants.ours, 1)
    found = report(database, boss)

    assert found.of_part("risk") == []
    assert found.unknown == ("activities",)
