"""What operators are alerted of: rates, ages and numbers have their limits, and equal is not beyond."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.database.engine import Database
from models.operating.alerts.find import ErrorRate, find_disconnected, find_failed_cards, find_late
from models.operating.measurements import read_measurements
from models.reports.last_hour import LastHour, store_last_hour
from models.tables import Connection
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, event

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("delivered", "retry", "refused", "is_high"),
    [(9, 1, 1, True), (0, 10, 0, False), (10, 1, 0, False), (90, 10, 0, False), (89, 11, 0, True)],
)
def test_more_than_ten_attempts_and_more_than_a_tenth_of_them_is_too_much(
    delivered: int, retry: int, refused: int, is_high: bool
) -> None:
    rate = ErrorRate()
    assert rate.judge({"delivered": 1000, "retry": 500}, NOON) is None
    now = {"delivered": 1000 + delivered, "retry": 500 + retry, "refused": refused, "rate_limited": 999}
    assert bool(rate.judge(now, NOON + MINUTE)) is is_high


def test_who_has_just_begun_to_watch_does_not_say_that_cards_arrive_again() -> None:
    rate = ErrorRate()
    found = [rate.judge({"retry": 1000}, NOON + minute * MINUTE) for minute in range(6)]
    assert found == [None] * 5 + [""]


def test_only_the_last_five_minutes_count() -> None:
    rate = ErrorRate()
    rate.judge({}, NOON)
    assert rate.judge({"retry": 20}, NOON + MINUTE) == "20 of 20 attempts to send failed within five minutes."
    for minute in range(2, 6):
        assert rate.judge({"retry": 20}, NOON + minute * MINUTE)
    assert rate.judge({"retry": 20}, NOON + 6 * MINUTE) == ""
    assert rate.judge({"retry": 20, "delivered": 5}, NOON + 60 * MINUTE) == ""


@pytest.mark.parametrize(
    ("total", "failed", "is_high"),
    [
        (99, 99, False),  # too few to tell
        (100, 0, False),
        (100, 1, False),
        (100, 2, True),
        (700, 7, False),
        (700, 8, True),
        (1_000_000, 10_000, False),
        (1_000_000, 10_001, True),
    ],
)
def test_more_than_a_hundredth_of_at_least_a_hundred_cards_is_too_much(
    database: Database, total: int, failed: int, is_high: bool
) -> None:
    with database.writing_all() as session:
        store_last_hour(session, LastHour(NOON, total - failed, failed))
        measured = read_measurements(session)
    expected = f"{failed:,} of the {total:,} cards of the last hour failed for good." if is_high else ""
    assert find_failed_cards(measured, NOON) == expected
    assert find_failed_cards(measured, NOON + 15 * MINUTE) == expected
    assert find_failed_cards(measured, NOON + 16 * MINUTE) is None  # nobody counted lately


def test_cards_that_nobody_counted_say_nothing() -> None:
    assert find_failed_cards({}, NOON) is None


def test_what_waits_for_five_minutes_is_late_until_less_than_one(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, event(tenants.ours, received_at=NOON))
    with database.reading_all() as session:
        assert find_late(session, NOON + 5 * MINUTE, is_known=False) == ""
        assert "for 6 minutes" in find_late(session, NOON + 6 * MINUTE, is_known=False)
        assert find_late(session, NOON + 2 * MINUTE, is_known=True)
        assert find_late(session, NOON + MINUTE, is_known=True) == ""


def test_companies_that_have_to_connect_again_are_counted_and_named(
    database: Database, tenants: TwoTenants
) -> None:
    with database.reading_all() as session:
        assert find_disconnected(session) == ""
    add(
        database,
        Connection(tenant_id=tenants.ours, company_id="1", state="needs_reauth"),
        Connection(tenant_id=tenants.theirs, company_id="2", state="connected"),
    )
    with database.reading_all() as session:
        assert find_disconnected(session).endswith("by 1 of the companies, among them: Acme.")
