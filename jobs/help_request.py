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
STORING: Final = timedelta(seconds=3)  # so long after a webhook more are expected

log = structlog.get_logger()


class HelpRequest:
    """Requests a helper for one drain, once a second at most, while the drain is late.

    `newest` returns when the last webhook came, and is None where webhooks need not go first.
    """

    def __init__(
        self, request: Callable[[], None], newest: Callable[[], datetime | None] | None = None
    ) -> None:
        self._request = request
        self._newest = newest
        self._looked_at = 0.0

    def make_if_late(self, waiting: Sequence[datetime]) -> None:
        """Request a helper if something has waited for too long.

        `waiting` are the moments since when that waited which a full step worked on. Raises
        DatabaseUnavailable.
        """
        if not waiting or time.monotonic() - self._looked_at <= EVERY_S:
            return
        late = now() - min(waiting)
        if late < LATE:
            return
        self._looked_at = time.monotonic()
        if late < LATE_WHILE_STORING and self._is_storing():
            return
        try:
            self._request()
        except redis.RedisError:
            log.debug("queue.away")

    def _is_storing(self) -> bool:
        newest = self._newest() if self._newest is not None else None
        return newest is not None and now() - newest < STORING
