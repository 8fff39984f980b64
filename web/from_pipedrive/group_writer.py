"""Stores webhooks in groups: one commit for many waiting requests, then an answer to each."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from models.database.engine import Database
from models.errors import ConnectionLost, DatabaseUnavailable, RowsRefused, TransactionUndone
from models.events.day_limits import DayLimits
from models.events.day_usage import KnownTotals
from models.events.store import NO_LIMITS, Arrival, prepare_to_store, store_group
from web.incoming.deadlines import Deadlines

MOST_IN_A_GROUP: Final = 256
MOST_WAITING: Final = 4096
WAIT_S: Final = 9.0  # Pipedrive gives up after ten seconds

log = structlog.get_logger()


class _Waiting:
    """One webhook that waits for its commit."""

    __slots__ = ("arrival", "refused")

    def __init__(self, arrival: Arrival, refused: asyncio.Future[str | None]) -> None:
        self.arrival = arrival
        self.refused = refused  # why the database refused it, None once it is committed

    def end(self) -> None:
        """Give up: it waited too long."""
        _settle([self.refused], "the database did not answer in time")


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
        self._known = KnownTotals()
        self._waiting: queue.Queue[_Waiting] = queue.Queue(MOST_WAITING)
        self._deadlines = Deadlines(WAIT_S)

    async def store(self, arrival: Arrival) -> None:
        """Return once the webhook is committed (or was stored before).

        Raises DatabaseUnavailable when the database refuses it, or does not answer in time.
        """
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            raise DatabaseUnavailable("too many webhooks wait for the database") from None
        self._deadlines.add(waiting)
        try:
            refused = await waiting.refused
        finally:
            self._deadlines.remove(waiting)
        if refused is not None:
            raise DatabaseUnavailable(refused)

    def run(self) -> None:
        with self._database.keeping_connection():
            if self._waiting.empty():
                with suppress(DatabaseUnavailable):
                    prepare_to_store(self._database)
            while True:
                self._write(self._next_group())

    def _next_group(self) -> list[_Waiting]:
        group = [self._waiting.get()]
        with suppress(queue.Empty):
            while len(group) < MOST_IN_A_GROUP:
                group.append(self._waiting.get_nowait())
        return group

    def _write(self, group: list[_Waiting]) -> None:
        try:
            counts = self._store([each.arrival for each in group])
        except (DatabaseUnavailable, RowsRefused) as refused:
            self._one_by_one(group, refused)
            return
        except Exception as unforeseen:
            log.exception("webhook.unexpected")
            _answer(group, type(unforeseen).__name__)
            return
        try:
            if any(counts):
                self._stored(*counts)
        except Exception:
            log.exception("webhook.unexpected")  # a counting error must not end the only storing thread
        _answer(group, None)

    def _store(self, arrivals: list[Arrival]) -> tuple[int, int]:
        """Store a group; once more if its connection broke, or if another process was in its way.

        What was stored is not stored twice.
        """
        try:
            return store_group(self._database, arrivals, self._limits, self._known)
        except (ConnectionLost, TransactionUndone):
            return store_group(self._database, arrivals, self._limits, self._known)

    def _one_by_one(self, group: list[_Waiting], refused: Exception) -> None:
        """Store one by one, so that a row the database refuses does not fail its whole group.

        Two processes that store the same changes in another order may wait for each other; one row waits for
        none.
        """
        is_away = isinstance(refused, DatabaseUnavailable) and not isinstance(refused, TransactionUndone)
        if len(group) == 1 or is_away:
            log.error("webhook.store_refused", why=str(refused).splitlines()[0][:200], waiting=len(group))
            _answer(group, "the database refused")
            return
        for waiting in group:
            self._write([waiting])


def _answer(group: list[_Waiting], refused: str | None) -> None:
    """Answer all of a group with one call into the event loop that they wait in."""
    futures = [waiting.refused for waiting in group]
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        futures[0].get_loop().call_soon_threadsafe(_settle, futures, refused)


def _settle(futures: list[asyncio.Future[str | None]], refused: str | None) -> None:
    for future in futures:
        if not future.done():
            future.set_result(refused)
