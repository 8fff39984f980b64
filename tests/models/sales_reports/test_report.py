"""Each kind of sales report is made for each range, and says of what it is."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.sales_reports.reader import SALES_RANGES
from models.sales_reports.report import make_sales_report, usual_range
from models.tables.reports import SalesReportKind
from tests.conftest import TwoTenants
from tests.models.sales_reports.deals import managers


@pytest.mark.parametrize("kind", SalesReportKind)
def test_each_kind_is_made_for_each_range(
    database: Database, tenants: TwoTenants, kind: SalesReportKind
) -> None:
    boss = managers(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        made = [make_sales_report(session, boss, kind, days) for days in (*SALES_RANGES, "1d")]

    assert [each.range for each in made] == [*SALES_RANGES, "1d"]
    assert all(each.kind is kind and each.since < each.until for each in made)
    assert usual_range(kind) in SALES_RANGES
