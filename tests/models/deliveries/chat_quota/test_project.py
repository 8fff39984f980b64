"""The project's quota: never more than the quota in any minute, over workers whose clocks differ."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from models.database.engine import Database
from models.deliveries.chat_quota.project import ROUNDED, Taken, take
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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_has_locked_lanes_waits_for_nobody_that_takes_quota_meanwhile(database: Database) -> None:
    _take(database, 1, 0)
    has_taken, may_end = threading.Event(), threading.Event()

    def take_and_hold() -> None:
        with database.writing_all() as session:
            take(session, 600, 1, NOON)
            has_taken.set()
            may_end.wait(50)

    other = threading.Thread(target=take_and_hold)
    other.start()
    has_taken.wait(50)
    try:
        with database.writing_all() as session:
            assert take(session, 600, 1, NOON, waits=False) == Taken(0)
    finally:
        may_end.set()
        other.join(50)

    with database.writing_all() as session:
        assert take(session, 600, 1, NOON, waits=False).granted == 1
