"""Renews the leases of a drain from a thread of its own: its coordinator may compute longer than a lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from jobs.deliveries.retry import RENEW_EVERY
from models.errors import DatabaseUnavailable

# A coordinator that is silent for longer hangs, and what it holds should go to others.
MOST_SILENCE_S: Final = 120.0

log = structlog.get_logger()


class LeaseKeeper(threading.Thread):
    """Calls `renew` every ten seconds, as long as the coordinator shows by `note_progress` that it works."""

    def __init__(
        self,
        renew: Callable[[], None],
        every_s: float = RENEW_EVERY.total_seconds(),
        most_silence_s: float = MOST_SILENCE_S,
    ) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._renew = renew
        self._every_s = every_s
        self._most_silence_s = most_silence_s
        self._stopped = threading.Event()
        self._progress = time.monotonic()

    def run(self) -> None:
        while not self._stopped.wait(self._every_s):
            if time.monotonic() - self._progress > self._most_silence_s:
                continue
            try:
                self._renew()
            except DatabaseUnavailable as away:
                log.warning("database.away", why=str(away))
            except Exception:
                log.exception("lease.not_renewed")

    def note_progress(self) -> None:
        self._progress = time.monotonic()

    def stop(self) -> None:
        self._stopped.set()
        self.join()
