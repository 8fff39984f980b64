"""The pipeline review on a hand-counted week, on both databases, with two tenants."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.sales_reports.deals import (
    HOUR,
    day,
    long_ago,
    managers,
    names,
    new,
    report,
    sums,
    tell,
    won,
)


@pytest.fixture
def boss(database: Database, tenants: TwoTenants) -> Actor:
    """A week of ours, and a win of the other tenant's on the first day of its record."""
    ours, theirs = tenants
    long_ago(database, ours)
    new(database, ours, 1, value=1000, currency="EUR")
    new(database, ours, 2, value=300, currency="USD", owner_id=2)
    won(database, ours, 3, value=5000, currency="EUR")
    won(database, ours, 4, value=700, currency="USD", owner_id=2)
    won(database, ours, 5, value=250.5, currency="EUR", owner_id=2)
    tell(database, ours, 6, before={"status": "open"}, status="lost", value=90, currency="EUR")
    tell(database, ours, 7, before={"stage_id": 1}, stage_id=2, value=10, currency="EUR")
    won(database, ours, 8, value=9999, currency="EUR", at=now() - timedelta(days=9))
    won(database, theirs, 3, value=1, currency="EUR", title="Theirs")
    return managers(database, ours)


def test_a_week_is_counted_with_each_currency_apart(database: Database, boss: Actor) -> None:
    found = report(database, boss)

    assert sums(found, "created") == [(1, "EUR", 1000.0), (1, "USD", 300.0)]
    assert sums(found, "won") == [(2, "EUR", 5250.5), (1, "USD", 700.0)]
    assert sums(found, "lost") == [(1, "EUR", 90.0)]
    assert sums(found, "slipped") == [(0, "", None)]
    assert names(found, "won") == ["Deal 3", "Deal 5", "Deal 4"]
    assert [(row.was, row.became) for row in found.of_part("moved")] == [("Qualified", "Proposal")]
    assert found.of_part("won")[0].owner == "User 1"
    assert (found.counted_since, found.is_own) == (None, False)


def test_another_tenant_has_its_own_review(database: Database, boss: Actor, tenants: TwoTenants) -> None:
    found = report(database, managers(database, tenants.theirs))

    assert names(found, "won") == ["Theirs"]
    assert names(found, "created") == names(found, "moved") == []


def test_what_was_before_the_record_is_said_to_be_unknown(
    database: Database, boss: Actor, tenants: TwoTenants
) -> None:
    found = report(database, managers(database, tenants.theirs))

    assert found.counted_since is not None
    assert found.since < found.counted_since < found.until


def test_a_date_that_moved_three_times_slips_once(database: Database, boss: Actor) -> None:
    for hours, was, became in ((3, 2, 9), (2, 9, 5), (1, 5, 20)):
        before = {"expected_close_date": day(was)}
        at = now() - hours * HOUR
        tell(database, boss.tenant, 20, before=before, at=at, expected_close_date=day(became), value=5)
    found = report(database, boss)

    assert [(row.id, row.was, row.became) for row in found.of_part("slipped")] == [("20", day(2), day(20))]
    assert sums(found, "slipped") == [(1, "", None)]


@pytest.mark.parametrize(
    ("was", "became", "status"),
    [(day(9), day(2), "open"), (None, day(9), "open"), (day(2), None, "open"), (day(2), day(9), "won")],
)
def test_only_an_open_deal_that_closes_later_has_slipped(
    database: Database, boss: Actor, was: str | None, became: str | None, status: str
) -> None:
    before = {"expected_close_date": was}
    tell(database, boss.tenant, 20, before=before, expected_close_date=became, status=status)

    assert report(database, boss).of_part("slipped") == []


def test_a_date_that_moved_there_and_back_has_not_slipped(database: Database, boss: Actor) -> None:
    for hours, was, became in ((2, 2, 9), (1, 9, 2)):
        before = {"expected_close_date": day(was)}
        tell(
            database, boss.tenant, 20, before=before, at=now() - hours * HOUR, expected_close_date=day(became)
        )

    assert report(database, boss).of_part("slipped") == []


def test_a_deal_that_was_won_and_reopened_is_not_won(database: Database, boss: Actor) -> None:
    tell(database, boss.tenant, 3, before={"status": "won"}, at=now() - HOUR / 2, value=5000, currency="EUR")

    assert names(report(database, boss), "won") == ["Deal 5", "Deal 4"]


def test_deleted_deals_are_in_no_part(database: Database, boss: Actor) -> None:
    tell(database, boss.tenant, 3, action="delete", at=now() - HOUR / 2)

    assert "Deal 3" not in [row.name for row in report(database, boss).rows]


def test_one_pipeline_is_named_in_words(database: Database, boss: Actor) -> None:
    won(database, boss.tenant, 30, pipeline_id=2, value=8, currency="EUR")

    assert names(report(database, boss, pipeline="renew"), "won") == ["Deal 30"]
    assert "Deal 30" not in names(report(database, boss, pipeline="Sales"), "won")
