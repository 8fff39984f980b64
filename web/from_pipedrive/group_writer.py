"""Stores arrivals in groups: many waiting webhooks, one commit, then an answer for each."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.events import store as event_store
from models.events.store import Arrival
from models.tables.events import EventState

MOST_IN_A_GROUP: Final = 256
MOST_WAITING: Final = 4096
WAIT_S: Final = 9.0  # Pipedrive gives up after ten seconds

log = structlog.get_logger()


class _Ticket:
    """One arrival that waits for its commit."""

    __slots__ = ("arrival", "done", "refused")

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.done = threading.Lock()
        self.done.acquire()
        self.refused: str | None = None


class GroupWriter(threading.Thread):
    """The one thread of this process that stores events. `stored` is told how many were new and repeats."""

    def __init__(self, database: Database, stored: Callable[[int, int], None]) -> None:
        super().__init__(name="group-writer", daemon=True)
        self._database = database
        self._stored = stored
        self._waiting: queue.Queue[_Ticket] = queue.Queue(MOST_WAITING)

    def store(self, arrival: Arrival) -> None:
        """Return once the arrival is committed (or was there before).

        Raises DatabaseUnavailable when the record refuses it, or does not answer in time.
        """
        ticket = _Ticket(arrival)
        try:
            self._waiting.put(ticket, timeout=1)
        except queue.Full:
            raise DatabaseUnavailable("too many webhooks wait for the database") from None
        if not ticket.done.acquire(timeout=WAIT_S):
            raise DatabaseUnavailable("the database did not answer in time")
        if ticket.refused is not None:
            raise DatabaseUnavailable(ticket.refused)

    def run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < MOST_IN_A_GROUP:
                try:
                    group.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._write(group)

    def _write(self, group: list[_Ticket]) -> None:
        try:
            counts = self._commit(group)
        except (DatabaseUnavailable, SQLAlchemyError) as refused:
            self._one_by_one(group, refused)
            return
        except Exception as unforeseen:
            log.exception("door.unforeseen")
            _answer(group, type(unforeseen).__name__)
            return
        _answer(group, None)
        try:
            if any(counts):
                self._stored(*counts)
        except Exception:
            log.exception("door.unforeseen")  # counting must never end the one thread that stores

    def _commit(self, group: list[_Ticket]) -> tuple[int, int]:
        """Store a group; return how many of what shall be read were new and how many repeats."""
        arrivals = [ticket.arrival for ticket in group]
        to_read = [each for each in arrivals if each.state == EventState.NEW]
        kept = [
            each for each in arrivals if each.state != EventState.NEW
        ]  # the door counts them by their own names
        with self._database.writing_all() as session:
            new = event_store.store(session, to_read) if to_read else 0
            if kept:
                event_store.store(session, kept)
        return new, len(to_read) - new

    def _one_by_one(self, group: list[_Ticket], refused: Exception) -> None:
        """Spare the others: one row the database refuses must not refuse its whole group."""
        if len(group) == 1 or isinstance(refused, DatabaseUnavailable):
            log.error("door.refused", why=str(refused).splitlines()[0][:200], waiting=len(group))
            _answer(group, "the database refused")
            return
        for ticket in group:
            self._write([ticket])


def _answer(group: list[_Ticket], refused: str | None) -> None:
    for ticket in group:
        ticket.refused = refused
        ticket.done.release()
