"""Looks after the record once a day: what is old and over goes, one batch at each tick of the clock."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

import structlog

from models.clock import now
from models.database.engine import Database
from models.maintenance import prune

EVERY_S: Final = 24 * 3600.0

log = structlog.get_logger()


class Upkeep:
    """Sweeps at the start of a process and daily from then on."""

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._sweep: Iterator[Counter[str]] | None = None
        self._removed: Counter[str] = Counter()
        self._next = 0.0

    def step(self) -> None:
        """Do a batch if it is time. Never more: the clock has carriers to wake."""
        if self._sweep is None and time.monotonic() < self._next:
            return
        sweep = self._sweep or prune.sweep(self._database, now(), self._keep_days)
        self._sweep = None  # what fails begins anew at the next tick
        removed = next(sweep, None)
        if removed is not None:
            self._sweep = sweep
            self._removed += removed
            return
        self._next = time.monotonic() + EVERY_S
        if self._removed:
            log.info("record.pruned", **self._removed)
            self._removed = Counter()
