"""The heartbeat of the webhook endpoint: while it is written, webhooks can arrive; a long pause is a gap."""

from __future__ import annotations

import threading
from typing import Final

import structlog

from models.backfills.gaps import note_outage
from models.backfills.heartbeats import DOOR, record_heartbeat
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable

EVERY_S: Final = 30.0
AFTER_FAILURE_S: Final = 5.0

log = structlog.get_logger()


class HeartbeatWriter(threading.Thread):
    """Writes heartbeats from the start of the process; a time without the database is a pause, too."""

    def __init__(self, database: Database) -> None:
        super().__init__(name="heart", daemon=True)
        self._database = database
        self._over = threading.Event()

    def run(self) -> None:
        rest = 0.0
        while not self._over.wait(rest):
            rest = EVERY_S if self.record_heartbeat() else AFTER_FAILURE_S

    def stop(self) -> None:
        self._over.set()

    def record_heartbeat(self) -> bool:
        """Write one heartbeat, and open gaps after a long pause, in one transaction; False if it failed."""
        try:
            with self._database.writing_all() as session:
                gaps = note_outage(session, record_heartbeat(session, DOOR), now())
        except DatabaseUnavailable as away:
            log.warning("heartbeat.database_away", why=str(away)[:200])
            return False
        except Exception:
            log.exception("heartbeat.unexpected")
            return False
        if gaps:
            log.warning("heartbeat.gap_found", tenants=gaps)
        return True
