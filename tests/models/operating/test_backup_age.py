"""Operators hear of a backup that is older than 26 hours, and of one that was never made."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from models.database.engine import Database
from models.operating.backup_age import (
    find_old_backup,
    is_backup_due,
    last_backup,
    note_backup,
    note_first_due,
)
from models.settings import Settings, from_env
from tests.crm import environment
from tests.engine import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return from_env(environment("http://127.0.0.1:9", tmp_path) | {"BACKUP_FOLDER": str(tmp_path)})


def test_a_backup_is_due_at_once_and_then_daily(database: Database) -> None:
    with database.writing_all() as session:
        assert last_backup(session) is None
        assert is_backup_due(session, NOON)
        note_backup(session, NOON)
        note_backup(session, NOON + HOUR)
        assert last_backup(session) == NOON + HOUR
        assert not is_backup_due(session, NOON + 25 * HOUR - timedelta(seconds=1))
        assert is_backup_due(session, NOON + 25 * HOUR)


def test_one_older_than_26_hours_is_old_where_there_should_be_one(
    database: Database, settings: Settings
) -> None:
    with database.writing_all() as session:
        note_backup(session, NOON)
        assert find_old_backup(session, settings, NOON + 26 * HOUR) == ""
        words = find_old_backup(session, settings, NOON + 27 * HOUR)
        assert words == "The last daily backup is 27 hours old."
        unset = settings.model_copy(update={"backup_folder": None})
        assert find_old_backup(session, unset, NOON + 27 * HOUR) == ""


def test_one_that_was_never_made_is_missed_26_hours_after_the_first_was_due(
    database: Database, settings: Settings
) -> None:
    with database.writing_all() as session:
        assert find_old_backup(session, settings, NOON + 99 * HOUR) == ""
        note_first_due(session, NOON)
        note_first_due(session, NOON + 9 * HOUR)
        assert find_old_backup(session, settings, NOON + 26 * HOUR) == ""
        assert "ever made" in find_old_backup(session, settings, NOON + 26 * HOUR + timedelta(seconds=1))
        note_backup(session, NOON + 27 * HOUR)
        assert find_old_backup(session, settings, NOON + 28 * HOUR) == ""
