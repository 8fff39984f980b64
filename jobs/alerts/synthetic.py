"""Stores a synthetic event each period, from whichever worker's clock comes first."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import redis
import structlog

from jobs.queue import wake
from models.clock import now
from models.database.engine import Database
from models.operating.synthetic import period_of, store_synthetic

log = structlog.get_logger()


class SyntheticEvents:
    """A row of the timetable. `every_minutes` of 0 switches it off."""

    def __init__(self, database: Database, client: redis.Redis, every_minutes: int) -> None:
        self._database = database
        self._client = client
        self._every = timedelta(minutes=every_minutes)
        self._last: int | None = None  # the period that needs nothing more

    def run(self) -> None:
        """Store the event of this period, and wake a drain as the webhook endpoint does."""
        if not self._every:
            return
        at = now()
        period = period_of(at, self._every)
        if period == self._last:
            return
        if store_synthetic(self._database, at, self._every):
            log.info("synthetic.stored")
            with suppress(redis.RedisError, OSError):  # the sweeper wakes one a moment later
                wake(self._client)
        self._last = period
