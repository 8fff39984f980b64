"""Where daily backups are wanted, the metrics have the age of the last one, and whether one is missed."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.operating.backup_age import note_backup, note_wanted
from tests.web.health.test_metrics import samples

AGE = ("pipenotify_backup_age_seconds",)
MISSING = ("pipenotify_backup_missing",)


def test_the_age_of_the_last_backup_is_shown_once_there_is_one(database: Database) -> None:
    with database.writing_all() as session:
        note_wanted(session, now())
    assert AGE not in samples(database)
    with database.writing_all() as session:
        note_backup(session, now() - timedelta(hours=3))
    assert 3 * 3600 <= samples(database)[AGE] < 3 * 3600 + 30
    assert samples(database)[MISSING] == 0


def test_nothing_is_shown_where_none_is_wanted(database: Database) -> None:
    with database.writing_all() as session:
        note_backup(session, now() - timedelta(hours=3))
        note_wanted(session, now() - timedelta(days=4))
    assert not {AGE, MISSING} & set(samples(database))


def test_one_that_is_old_or_in_the_future_is_missed(database: Database) -> None:
    with database.writing_all() as session:
        for hours in (3, 1.5):
            note_wanted(session, now() - timedelta(hours=hours))
        note_backup(session, now() - timedelta(hours=27))
    assert samples(database)[MISSING] == 1
    with database.writing_all() as session:
        note_backup(session, now() + timedelta(hours=1))
    assert samples(database)[MISSING] == 1
    assert AGE not in samples(database)
