"""Records when Google Chat last called us, for the setup page; at most once a minute."""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog

from models.backfills.heartbeats import record_heartbeat
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from web.setup.chat import CHAT

EVERY_S: Final = 60.0

log = structlog.get_logger()


class ChatLastSeen:
    """One for each process. Best effort: an interaction never fails because of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._next = 0.0

    def heard(self) -> None:
        """Record that an interaction arrived with Google's signature."""
        if self._is_time():
            try:
                with self._database.writing_all() as session:
                    record_heartbeat(session, CHAT)
            except DatabaseUnavailable as away:
                log.warning("chat.last_seen_not_saved", why=str(away)[:200])
                self._next = 0.0

    def _is_time(self) -> bool:
        with self._lock:
            at = time.monotonic()
            if at < self._next:
                return False
            self._next = at + EVERY_S
            return True
