"""What open deals come to: by our record only what a reader may see, by Pipedrive's summary what it says."""

from __future__ import annotations

from typing import Any

import pytest

from models.database.engine import Database
from models.sales_reports.open_deals import OPEN, OPEN_IN_PIPEDRIVE, summary_filters, summed_up, with_summary
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import match
from tests.models.sales_reports.deals import managers, new, report, sums, won


def test_our_record_counts_the_open_deals_that_a_reader_may_see(
    database: Database, tenants: TwoTenants
) -> None:
    boss = managers(database, tenants.ours)
    new(database, tenants.ours, 1, value=100, currency="EUR")
    new(database, tenants.ours, 2, value=50, currency="EUR", pipeline_id=2, owner_id=2)
    new(database, tenants.ours, 3, value=7, currency="USD")
    new(database, tenants.ours, 4, value=1000, currency="EUR", seen_by=[2])
    won(database, tenants.ours, 5, value=1000, currency="EUR")
    new(database, tenants.theirs, 6, value=1000, currency="EUR")
    rep = add_person(database, tenants.ours, "rep", None)
    match(database, rep, 2)

    assert sums(report(database, boss), OPEN) == [(2, "EUR", 150.0), (1, "USD", 7.0)]
    assert sums(report(database, boss, pipeline="Renewals"), OPEN) == [(1, "EUR", 50.0)]
    assert sums(report(database, rep), OPEN) == [(1, "EUR", 50.0)]


def test_pipedrives_summary_has_each_currency_apart() -> None:
    """As the document of the API shows it."""
    each: dict[str, Any] = {"value_converted": 11.1, "value_formatted": "€10"}
    totals = {"EUR": {"value": 10, "count": 2, **each}, "USD": {"value": 30.5, "count": 3, **each}}
    rows = summed_up({"values_total": totals, "total_count": 5})

    assert rows is not None
    assert [(row.count, row.currency, float(row.amount or 0)) for row in rows] == [
        (3, "USD", 30.5),
        (2, "EUR", 10.0),
    ]
    nothing = summed_up({"values_total": {}, "total_count": 0})
    assert nothing is not None
    assert [(row.part, row.count) for row in nothing] == [(OPEN_IN_PIPEDRIVE, 0)]


@pytest.mark.parametrize(
    "totals",
    [None, [], "5", {"EUR": None}, {"EUR": {"count": 1}}, {"EUR": {"count": True, "value": 1}}]
    + [{"EUR": {"count": 1, "value": value}} for value in ("1", None, True, 1e300, float("nan"))]
    + [{"EUR": {"count": count, "value": 1}} for count in (-1, 1.5, "1", None)],
)
def test_a_summary_that_cannot_be_read_is_none(totals: Any) -> None:
    assert summed_up({"values_total": totals}) is None


def test_the_summary_stands_where_our_record_stood(database: Database, tenants: TwoTenants) -> None:
    boss = managers(database, tenants.ours)
    new(database, tenants.ours, 1)
    found = report(database, boss)
    rows = summed_up({"values_total": {"EUR": {"value": 10, "count": 2}}})
    assert rows is not None
    changed = with_summary(found, rows)

    assert [part.replace(OPEN_IN_PIPEDRIVE, OPEN) for part in changed.parts()] == found.parts()
    assert sums(changed, OPEN_IN_PIPEDRIVE) == [(2, "EUR", 10.0)]
    assert changed.totals(OPEN) == []


def test_who_reads_only_their_own_asks_only_for_that(database: Database, tenants: TwoTenants) -> None:
    boss, rep = managers(database, tenants.ours), add_person(database, tenants.ours, "rep", None)

    assert summary_filters(report(database, boss), "", "1") == {"status": "open"}
    assert summary_filters(report(database, rep), "3", "2") == {
        "status": "open",
        "pipeline_id": "3",
        "user_id": "2",
    }
