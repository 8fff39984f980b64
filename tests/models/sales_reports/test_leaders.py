"""Won value by person, hand-counted: each currency for itself, each deal once."""

from __future__ import annotations

from decimal import Decimal

from models.clock import now
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.sales_reports.deals import HOUR, managers, report, sums, won


def test_each_currency_has_its_own_ranking(database: Database, tenants: TwoTenants) -> None:
    boss = managers(database, tenants.ours)
    for number, owner, value, currency in (
        (1, 1, 100, "EUR"),
        (2, 1, 50, "EUR"),
        (3, 2, 400, "EUR"),
        (4, 1, 9000, "CZK"),
    ):
        won(database, tenants.ours, number, owner_id=owner, value=value, currency=currency)
    won(database, tenants.theirs, 5, owner_id=3, value=1, currency="EUR")
    found = report(database, boss, "leaders")

    assert [(row.name, row.currency, row.count, row.amount) for row in found.of_part("leaders")] == [
        ("User 2", "EUR", 1, Decimal(400)),
        ("User 1", "EUR", 2, Decimal(150)),
        ("User 1", "CZK", 1, Decimal(9000)),
    ]
    assert sums(found, "leaders") == [(3, "EUR", 550.0), (1, "CZK", 9000.0)]


def test_a_deal_that_was_won_twice_counts_once(database: Database, tenants: TwoTenants) -> None:
    boss = managers(database, tenants.ours)
    for hours in (3, 2):
        won(database, tenants.ours, 1, value=70, currency="EUR", at=now() - hours * HOUR)

    assert sums(report(database, boss, "leaders"), "leaders") == [(1, "EUR", 70.0)]


def test_without_a_win_there_is_nobody(database: Database, tenants: TwoTenants) -> None:
    found = report(database, managers(database, tenants.ours), "leaders")

    assert (found.of_part("leaders"), sums(found, "leaders")) == ([], [(0, "", None)])
