"""The project's budget: never more than the quota in any minute, over workers whose clocks differ."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.deliveries.project_quota import spend
from tests.engine import NOON


def _spend(database: Database, wanted: int, seconds: float, per_minute: int = 600) -> int:
    with database.writing_all() as session:
        return spend(session, per_minute, wanted, NOON + timedelta(seconds=seconds))


def test_no_minute_sees_more_than_the_quota(database: Database) -> None:
    granted = sum(_spend(database, 1000, second) for second in range(60))

    assert 550 <= granted <= 600


def test_clocks_that_differ_mint_no_writes(database: Database) -> None:
    granted = sum(_spend(database, 1000, second) + _spend(database, 1000, second + 5) for second in range(20))

    assert granted <= 60 + 25 * 9


def test_a_clock_that_went_back_does_not_stop_the_budget(database: Database) -> None:
    _spend(database, 1000, 7200)
    _spend(database, 1000, 0)

    assert _spend(database, 1000, 5) >= 40
