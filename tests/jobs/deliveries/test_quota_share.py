"""What a process writes ahead of the project's budget, and what lapses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs.deliveries.quota_share import KEEP, QuotaShare
from models.database.engine import Database

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def take(allowance: QuotaShare, database: Database, wanted: int, at: datetime = NOON) -> int:
    with database.writing_all() as session:
        return allowance.take(session, wanted, at)


def test_nobody_gets_more_than_the_minutes_quota(database: Database) -> None:
    workers = (QuotaShare(3000), QuotaShare(3000))

    moments = [NOON + timedelta(seconds=tenth / 10) for tenth in range(601)]
    granted = sum(take(each, database, 100, at) for at in moments for each in workers)

    assert 2700 <= granted <= 3000


def test_what_was_not_needed_is_there_for_the_next(database: Database) -> None:
    allowance = QuotaShare(6000)
    assert take(allowance, database, 100) == 10

    allowance.keep(4)

    assert take(allowance, database, 3) == 3
    assert take(allowance, database, 3) == 1


def test_what_is_kept_too_long_lapses(database: Database) -> None:
    allowance, other = QuotaShare(60), QuotaShare(60)
    for _ in range(6):
        assert take(allowance, database, 1) == 1
    assert take(other, database, 1) == 0
    allowance.keep(1)

    later = NOON + KEEP + timedelta(milliseconds=1)

    assert [take(allowance, database, 1, later), take(allowance, database, 1, later)] == [1, 0]
