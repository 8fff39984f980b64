"""The project's quota: never more than the quota in any minute, over workers whose clocks differ."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.deliveries.chat_quota.project import ROUNDED, take
from tests.engine import NOON


def _take(database: Database, most: int, seconds: float, per_minute: int = 600) -> int:
    with database.writing_all() as session:
        return take(session, per_minute, most, NOON + timedelta(seconds=seconds)).granted


def test_no_minute_sees_more_than_the_quota(database: Database) -> None:
    granted = sum(_take(database, 1000, second) for second in range(60))

    assert 550 <= granted <= 600


def test_clocks_that_differ_mint_no_writes(database: Database) -> None:
    granted = sum(_take(database, 1000, second) + _take(database, 1000, second + 5) for second in range(20))

    assert granted <= 60 + 25 * 9


def test_a_clock_that_went_back_does_not_stop_the_quota(database: Database) -> None:
    _take(database, 1000, 7200)
    _take(database, 1000, 0)

    assert _take(database, 1000, 5) >= 40


def test_where_nothing_is_left_it_says_when_all_is_there_again(database: Database) -> None:
    _take(database, 60, 0)
    with database.writing_all() as session:
        refused = take(session, 600, 9, NOON)
    assert (refused.granted, refused.back_at) == (0, NOON + timedelta(seconds=1) + ROUNDED)

    with database.writing_all() as session:
        assert take(session, 600, 9, NOON + timedelta(seconds=1)).granted == 9


def test_more_than_there_ever_is_is_not_waited_for(database: Database) -> None:
    _take(database, 60, 0)
    with database.writing_all() as session:
        refused = take(session, 600, 1000, NOON)

    assert refused.back_at is not None
    assert abs(refused.back_at - NOON - timedelta(seconds=60 / 9)) < 2 * ROUNDED
