"""Prunes the database: deletes old finished events and deliveries, one batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import structlog

from models.clock import now
from models.database.engine import Database
from models.maintenance import prune_by_team

log = structlog.get_logger()


class Pruning:
    """One pass over the database after the other; `keep_days` is how long rows are kept."""

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._pass: Iterator[Counter[str]] | None = None
        self._removed: Counter[str] = Counter()

    def delete_batch(self) -> bool:
        """Delete the next batch; return whether the pass goes on. After an error a new pass begins.

        Never more than a batch: the sweeper has other jobs to run.
        """
        running = self._pass or prune_by_team.prune_all(self._database, now(), self._keep_days)
        self._pass = None
        removed = next(running, None)
        if removed is not None:
            self._pass = running
            self._removed += removed
            return True
        if self._removed:
            log.info("database.pruned", **self._removed)
            self._removed = Counter()
        return False
