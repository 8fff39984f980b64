"""Says every five minutes how the cards of the last hour fared: in the log, and in `/metrics`.

And in `/metrics` how much of what came into inboxes was read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from models.chance import new_id
from models.clock import now
from models.database.engine import Database
from models.maintenance.job_leases import take_lease
from models.reports.last_hour import count_last_hour, store_last_hour
from models.reports.read_rate import count_read, store_read_rate

NAME: Final = "count the last hour"
EVERY_S: Final = 300.0
LEASE: Final = timedelta(seconds=EVERY_S - 30)  # free again when the one that holds it should be back

log = structlog.get_logger()


class LastHourFigure:
    """Counts the last hour; of all workers the one that holds the lease does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._token = new_id()

    def run(self) -> None:
        at = now()
        with self._database.writing_all() as session:
            if not take_lease(session, NAME, self._token, at, at + LEASE):
                return
        with self._database.reading_all() as session:
            counted, read = count_last_hour(session, at), count_read(session, at)
        with self._database.writing_all() as session:
            store_last_hour(session, counted)
            store_read_rate(session, read)
        rate, seconds = counted.success_rate, counted.response_s
        log.info(
            "deliveries.last_hour",
            total=counted.total,
            successful=counted.successful,
            failed=counted.failed,
            success_rate=None if rate is None else round(rate, 4),
            average_response_ms=None if seconds is None else round(seconds * 1000),
        )
