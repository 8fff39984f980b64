"""Records whether Pipedrive answers, for other processes; rarely, because every record is a write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from models.backfills.heartbeats import record_heartbeat
from models.clock import monotonic
from models.connections.availability import ANSWERED, SILENT
from models.database.engine import Database
from models.errors import DatabaseUnavailable, RateLimited, TemporaryFailure

EVERY_S: Final = 30.0

log = structlog.get_logger()


class AvailabilityRecord:
    """One for all threads of a process. A change is recorded at once, the same state every half minute."""

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._last: tuple[str, float] = ("", 0.0)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Record whether the calls made inside are answered; a refusal counts as an answer."""
        try:
            yield
        except RateLimited:
            raise
        except TemporaryFailure as silence:
            if silence.http_status is None or silence.http_status >= 500:
                self._note(SILENT)
            raise
        self._note(ANSWERED)

    def _note(self, part: str) -> None:
        at = self._clock()
        with self._lock:
            noted, when = self._last
            if part == noted and at - when < EVERY_S:
                return
            self._last = (part, at)
        try:
            with self._database.writing_all() as session:
                record_heartbeat(session, part)
        except DatabaseUnavailable:
            log.info("availability.not_saved", part=part)
