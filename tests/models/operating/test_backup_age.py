"""Operators hear of a backup that is older than 26 hours, and of one that was never made."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.database.engine import Database, Session
from models.operating.backup_age import (
    find_old_backup,
    is_backup_due,
    is_wanted,
    is_wanted_stale,
    last_backup,
    note_backup,
    note_wanted,
)
from models.operating.workers import WorkerIdentity, record_alive
from tests.engine import NOON

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
YEAR = timedelta(days=365)


def want(session: Session, start: datetime, hours: int) -> None:
    """Let a worker with BACKUP_FOLDER look each hour."""
    for hour in range(hours + 1):
        note_wanted(session, start + hour * HOUR)


def start_worker(session: Session, started: datetime, seen: datetime) -> None:
    """Let a worker live that need not have BACKUP_FOLDER."""
    record_alive(session, WorkerIdentity("w", "box", 7, "", started), seen)


def test_a_backup_is_due_at_once_and_then_daily(database: Database) -> None:
    with database.writing_all() as session:
        assert last_backup(session, NOON) is None
        assert is_backup_due(session, NOON)
        note_backup(session, NOON)
        note_backup(session, NOON + HOUR)
        assert last_backup(session, NOON + HOUR) == NOON + HOUR
        assert not is_backup_due(session, NOON + 25 * HOUR - SECOND)
        assert is_backup_due(session, NOON + 25 * HOUR)


def test_one_older_than_26_hours_is_old_whoever_looks(database: Database) -> None:
    with database.writing_all() as session:
        want(session, NOON, 27)
        note_backup(session, NOON)
        assert find_old_backup(session, NOON + 26 * HOUR) == ""
        assert find_old_backup(session, NOON + 27 * HOUR) == "The last daily backup is 27 hours old."


def test_none_is_missed_where_none_is_wanted(database: Database) -> None:
    with database.writing_all() as session:
        note_backup(session, NOON)
        assert not is_wanted(session, NOON)
        assert find_old_backup(session, NOON + 99 * HOUR) == ""


def test_they_are_wanted_for_three_days_after_the_machine_that_makes_them_is_gone(database: Database) -> None:
    with database.writing_all() as session:
        want(session, NOON, 1)
        note_backup(session, NOON)
        for hours, is_old in ((26, False), (27, True), (72, True), (73, False)):
            start_worker(session, NOON, at := NOON + hours * HOUR)
            assert bool(find_old_backup(session, at)) is is_old
            assert is_wanted(session, at) is (hours < 73)


def test_that_they_are_wanted_is_noted_once_an_hour(database: Database) -> None:
    with database.writing_all() as session:
        assert is_wanted_stale(session, NOON)
        note_wanted(session, NOON)
        assert not is_wanted_stale(session, NOON + HOUR - SECOND)
        assert is_wanted_stale(session, NOON + HOUR)


def test_one_that_was_never_made_is_missed_two_hours_after_it_could_have_been(database: Database) -> None:
    with database.writing_all() as session:
        want(session, NOON, 3)
        assert find_old_backup(session, NOON + 2 * HOUR) is None
        words = "There is no daily backup, although one has been due for 3 hours."
        assert find_old_backup(session, NOON + 3 * HOUR) == words
        note_backup(session, NOON + 3 * HOUR)
        assert find_old_backup(session, NOON + 4 * HOUR) == ""


@pytest.mark.parametrize("stop", [30 * HOUR, 60 * HOUR, YEAR])
def test_after_a_stop_there_is_time_for_the_first_backup(database: Database, stop: timedelta) -> None:
    """Also before the workers with BACKUP_FOLDER have looked, and before any worker is known to live.

    It is not taken for a backup that is young enough, which would end an alert.
    """
    with database.writing_all() as session:
        want(session, NOON, 1)
        note_backup(session, NOON)
        again = NOON + HOUR + stop
        assert not find_old_backup(session, again)
        start_worker(session, again, again)
        assert not find_old_backup(session, again)
        want(session, again, 2)
        assert find_old_backup(session, again + 2 * HOUR) is None
        assert "hours old" in str(find_old_backup(session, again + 2 * HOUR + SECOND))


def test_workers_that_are_started_again_and_again_do_not_put_the_alarm_off(database: Database) -> None:
    """As when each backup ends its process because there is no memory left."""
    with database.writing_all() as session:
        note_backup(session, NOON)
        for hour in range(28):
            at = NOON + hour * HOUR
            note_wanted(session, at)
            start_worker(session, at, at)
            assert bool(find_old_backup(session, at)) is (hour == 27)


def test_a_last_backup_in_the_future_is_none(database: Database) -> None:
    """A clock that was ahead once, while it was made, keeps no later one from being made and missed."""
    with database.writing_all() as session:
        want(session, NOON, 3)
        at = NOON + 3 * HOUR
        note_backup(session, at + timedelta(minutes=5))
        assert last_backup(session, at) is not None
        assert not is_backup_due(session, at)
        note_backup(session, at + timedelta(minutes=5, seconds=1))
        assert last_backup(session, at) is None
        assert is_backup_due(session, at)
        assert "no daily backup" in str(find_old_backup(session, at))


def test_a_note_from_a_clock_that_was_ahead_makes_none_wanted_and_is_replaced(database: Database) -> None:
    with database.writing_all() as session:
        want(session, NOON + YEAR, 1)
        assert not is_wanted(session, NOON)
        assert is_wanted_stale(session, NOON)
        want(session, NOON, 3)
        assert is_wanted(session, NOON)
        assert find_old_backup(session, NOON + 2 * HOUR) is None
        assert "no daily backup" in str(find_old_backup(session, NOON + 3 * HOUR))


def test_a_worker_whose_clock_is_ten_minutes_ahead_does_not_put_the_alarm_off(database: Database) -> None:
    with database.writing_all() as session:
        note_backup(session, NOON)
        for hour in range(28):
            at = NOON + hour * HOUR
            note_wanted(session, at + timedelta(minutes=10))
            start_worker(session, NOON, at)
            assert bool(find_old_backup(session, at)) is (hour == 27)
            note_wanted(session, at)
            assert bool(find_old_backup(session, at)) is (hour == 27)
