"""Notes in the database that a worker has BACKUP_FOLDER, so that any worker misses daily backups."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.operating.backup_age import is_wanted_stale, note_wanted
from models.settings import Settings


def note_backups_wanted(database: Database, settings: Settings) -> None:
    """Note it where this worker has such a folder, also when another one makes the backups.

    Not by the loop that makes them: while one hangs, the alert that there is none would end after three days.
    """
    if settings.backup_folder is None:
        return
    with database.reading_all() as session:
        is_stale = is_wanted_stale(session, now())
    if is_stale:
        with database.writing_all() as session:
            note_wanted(session, now())
