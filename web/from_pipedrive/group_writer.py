"""Stores webhooks in groups: one commit for many waiting requests, then an answer to each."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

import structlog

from models.database.engine import Database
from models.errors import DatabaseUnavailable, RowsRefused
from models.events.day_usage import DayLimits
from models.events.store import NO_LIMITS, Arrival, store_group

MOST_IN_A_GROUP: Final = 256
MOST_WAITING: Final = 4096
WAIT_S: Final = 9.0  # Pipedrive gives up after ten seconds

log = structlog.get_logger()


class _Waiting:
    """One webhook that waits for its commit."""

    __slots__ = ("arrival", "done", "refused")

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.done = threading.Lock()
        self.done.acquire()
        self.refused: str | None = None


class GroupWriter(threading.Thread):
    """The one thread of this process that stores events.

    `stored` is called with how many were new, and how many were repeats.
    """

    def __init__(
        self, database: Database, stored: Callable[[int, int], None], limits: DayLimits = NO_LIMITS
    ) -> None:
        super().__init__(name="group-writer", daemon=True)
        self._database = database
        self._stored = stored
        self._limits = limits
        self._waiting: queue.Queue[_Waiting] = queue.Queue(MOST_WAITING)

    def store(self, arrival: Arrival) -> None:
        """Return once the webhook is committed (or was stored before).

        Raises DatabaseUnavailable when the database refuses it, or does not answer in time.
        """
        waiting = _Waiting(arrival)
        try:
            self._waiting.put(waiting, timeout=1)
        except queue.Full:
            raise DatabaseUnavailable("too many webhooks wait for the database") from None
        if not waiting.done.acquire(timeout=WAIT_S):
            raise DatabaseUnavailable("the database did not answer in time")
        if waiting.refused is not None:
            raise DatabaseUnavailable(waiting.refused)

    def run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < MOST_IN_A_GROUP:
                try:
                    group.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._write(group)

    def _write(self, group: list[_Waiting]) -> None:
        try:
            counts = store_group(self._database, [each.arrival for each in group], self._limits)
        except (DatabaseUnavailable, RowsRefused) as refused:
            self._one_by_one(group, refused)
            return
        except Exception as unforeseen:
            log.exception("webhook.unexpected")
            _answer(group, type(unforeseen).__name__)
            return
        _answer(group, None)
        try:
            if any(counts):
                self._stored(*counts)
        except Exception:
            log.exception("webhook.unexpected")  # a counting error must not end the only storing thread

    def _one_by_one(self, group: list[_Waiting], refused: Exception) -> None:
        """Store one by one, so that a row the database refuses does not fail its whole group."""
        if len(group) == 1 or isinstance(refused, DatabaseUnavailable):
            log.error("webhook.store_refused", why=str(refused).splitlines()[0][:200], waiting=len(group))
            _answer(group, "the database refused")
            return
        for waiting in group:
            self._write([waiting])


def _answer(group: list[_Waiting], refused: str | None) -> None:
    for waiting in group:
        waiting.refused = refused
        waiting.done.release()
