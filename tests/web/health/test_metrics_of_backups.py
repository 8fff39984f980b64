"""The metrics have the age of the last daily backup."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.operating.backup_age import note_backup
from tests.web.health.test_metrics import samples


def test_the_age_of_the_last_backup_is_shown_once_there_is_one(database: Database) -> None:
    assert ("pipenotify_backup_age_seconds",) not in samples(database)
    with database.writing_all() as session:
        note_backup(session, now() - timedelta(hours=3))
    assert 3 * 3600 <= samples(database)["pipenotify_backup_age_seconds",] < 3 * 3600 + 30
