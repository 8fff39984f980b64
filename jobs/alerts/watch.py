"""Looks for what an operator should know, twice a minute, in one worker at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.alerts.send import AlertSender
from models.clock import now
from models.database.engine import Database, Session
from models.errors import AppError, DatabaseUnavailable
from models.maintenance.job_leases import take_lease
from models.operating.alerts import (
    AlertCode,
    ErrorRate,
    changes,
    find_disconnected,
    find_late,
    known_alerts,
    note_sent,
)
from models.operating.check import full_disks
from models.operating.measurements import ATTEMPTS, read_measurements
from models.operating.synthetic import find_missing
from models.settings import Settings

EVERY_S: Final = 30.0
LEASE: Final = timedelta(seconds=90)
LEASE_NAME: Final = "alerts"

log = structlog.get_logger()


class AlertWatch:
    """A loop's step: looks, sends what is new, and notes it once it was taken."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        sender: AlertSender,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender
        self._clock = clock
        self._error_rate = ErrorRate()
        self._token = uuid.uuid4().hex
        self._next = 0.0

    def step(self) -> bool:
        """Look, if it is time. An alert that no place took is sent again at the next look."""
        if self._clock() < self._next:
            return False
        self._next = self._clock() + EVERY_S
        if self._sender.has_recipients and self._has_lease():
            self.look()
        return False

    def _has_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, LEASE_NAME, self._token, now(), now() + LEASE)

    def _find_missing(self, session: Session, at: datetime) -> str:
        every = timedelta(minutes=self._settings.synthetic_every_minutes)
        return find_missing(session, at, every) if every else ""

    def look(self) -> None:
        """Look now, and send what is new or over."""
        at = now()
        with self._database.reading_all() as session:
            known = known_alerts(session)
            found = {
                AlertCode.ERROR_RATE: self._error_rate.judge(
                    read_measurements(session).get(ATTEMPTS, {}), at
                ),
                AlertCode.LATE: find_late(session, at, is_known=AlertCode.LATE in known),
                AlertCode.CONNECTION: find_disconnected(session),
                AlertCode.DISK: " ".join(full_disks(self._database, self._settings)),
                AlertCode.SYNTHETIC: self._find_missing(session, at),
            }
        for alert in changes(found, known):
            try:
                self._sender.send(alert)
            except DatabaseUnavailable:
                raise
            except AppError as refused:
                log.warning("alert.not_sent", code=alert.code, why=str(refused))
                continue
            with self._database.writing_all() as session:
                note_sent(session, alert, at)
            log.warning("alert.sent", code=alert.code, is_over=alert.is_over, words=alert.words)
