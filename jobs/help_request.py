"""Decides when one drain does not suffice, so that another worker is to help."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import redis
import structlog

from models.clock import now

EVERY_S: Final = 1.0
LATE: Final = timedelta(seconds=1)
# SQLite has one writer. A second drain sends up to half as much again, and lets half as many webhooks in, so
# while they come, cards wait for so long first.
LATE_WHILE_STORING: Final = timedelta(seconds=10)

log = structlog.get_logger()


class HelpRequest:
    """Makes the request of one drain, once a second at most, while the drain is late."""

    def __init__(self, request: Callable[[], None], *, is_sqlite: bool) -> None:
        self._request = request
        self._late_while_storing = LATE_WHILE_STORING if is_sqlite else LATE
        self._made_at = 0.0

    def make_if_late(self, waiting: Sequence[datetime], *, is_storing: bool) -> None:
        """Make it if something has waited for too long that a full step has worked on.

        `waiting` are the moments since when; `is_storing` tells that webhooks come meanwhile.
        """
        if not waiting or time.monotonic() - self._made_at <= EVERY_S:
            return
        if min(waiting) > now() - (self._late_while_storing if is_storing else LATE):
            return
        self._made_at = time.monotonic()
        try:
            self._request()
        except redis.RedisError:
            log.debug("queue.away")
