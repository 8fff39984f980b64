"""Makes an encrypted backup a day in BACKUP_FOLDER, from whichever worker with such a folder comes first."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from jobs.deliveries.lease_keeper import LeaseKeeper
from models.chance import new_id
from models.clock import monotonic, now
from models.database.engine import Database
from models.errors import AppError, DatabaseUnavailable
from models.maintenance.job_leases import give_back_lease, take_lease
from models.operating.backup_age import is_backup_due, note_backup
from models.operating.backups.folder import backup_path, remove_left_over, remove_old, require_folder
from models.operating.backups.make import back_up
from models.operating.backups.pieces import MOST_SILENCE_S
from models.settings import Settings

LOOK_EVERY_S: Final = 60.0
AGAIN_AFTER_S: Final = 900.0
LEASE: Final = timedelta(minutes=2)
RENEW_EVERY_S: Final = 20.0
LEASE_NAME: Final = "daily backup"

log = structlog.get_logger()


class DailyBackup:
    """A loop's step: makes a backup when a day is over since the last one, in one worker at a time."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._token = new_id()
        self._stopped = threading.Event()
        self._is_lost = False  # the lease, while a backup was made
        self._next = 0.0

    def step(self) -> bool:
        """Make a backup if one is due. Raises DatabaseUnavailable."""
        folder = self._settings.backup_folder
        if folder is None:
            return False
        if monotonic() < self._next or not self._is_due() or not self._take_lease():
            return False
        try:
            if self._is_due():  # another worker may have made it meanwhile
                self._make(folder)
        finally:
            with suppress(DatabaseUnavailable):  # then it runs out
                self._give_back()
        return False

    def interrupt(self) -> None:
        """Let a backup that runs end within moments, without a result."""
        self._stopped.set()

    def _is_due(self) -> bool:
        with self._database.reading_all() as session:
            return is_backup_due(session, now())

    def _take_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, LEASE_NAME, self._token, now(), now() + LEASE)

    def _renew_lease(self) -> None:
        """Renew the lease; once another worker has it, our backup ends itself."""
        self._is_lost = self._is_lost or not self._take_lease()

    def _give_back(self) -> None:
        with self._database.writing_all() as session:
            give_back_lease(session, LEASE_NAME, self._token)

    def _make(self, folder: Path) -> None:
        """Make a backup, and remove old ones once it is whole. What goes wrong is logged, and done again."""
        at = now()
        file = backup_path(folder, at)
        try:
            require_folder(folder)
            remove_left_over(folder)
            self._write(file, at)
            remove_old(folder, self._settings.backup_keep, file)
        except Exception as error:
            self._next = monotonic() + AGAIN_AFTER_S
            if self._stopped.is_set():
                log.info("backup.stopped", folder=str(folder))
            elif self._is_lost:
                log.warning("backup.lease_lost", folder=str(folder))
            elif isinstance(error, AppError | OSError):
                log.error("backup.failed", folder=str(folder), why=f"{type(error).__name__}: {error}"[:500])  # noqa: TRY400 - its words are enough
            else:
                log.exception("backup.failed", folder=str(folder))

    def _write(self, file: Path, at: datetime) -> None:
        self._is_lost = False
        keeper = LeaseKeeper(self._renew_lease, RENEW_EVERY_S, MOST_SILENCE_S)

        def is_stopped() -> bool:
            keeper.note_progress()
            return self._is_lost or self._stopped.is_set()

        keeper.start()
        try:
            done, *_ = back_up(self._database, file, self._settings.encryption_keys, is_stopped)
        finally:
            keeper.stop()
        with self._database.writing_all() as session:
            note_backup(session, at)
        log.info("backup.made", done=done, seconds=round((now() - at).total_seconds(), 1))
