"""The ports of the engine as the simulation fills them: virtual time, seeded chance, borders that fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

import models.chance
import models.clock
from models.database.engine import Database
from models.destinations import health
from models.errors import ConnectionLost, DatabaseUnavailable
from models.security.audit import Auditor
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.story import Story


class VirtualClock:
    """The clock of whichever process asks; processes differ by their skew."""

    def __init__(self, scheduler: Scheduler, start: datetime) -> None:
        self._scheduler = scheduler
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._scheduler.at + self._scheduler.process.skew_s)

    def true_now(self) -> datetime:
        return self.moment(self._scheduler.at)

    def moment(self, seconds: float) -> datetime:
        """Return the moment so many seconds after the beginning."""
        return self._start + timedelta(seconds=seconds)

    def seconds(self, moment: datetime) -> float:
        """Return how many seconds after the beginning a moment is."""
        return (moment - self._start).total_seconds()

    def monotonic(self) -> float:
        return self._scheduler.at

    def sleep(self, seconds: float) -> None:
        self._scheduler.pause(seconds)


class SeededChance:
    """Ids and numbers that come from the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def new_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def fraction(self) -> float:
        return self._random.random()


@contextmanager
def installed(clock: VirtualClock, chance: SeededChance) -> Iterator[None]:
    """Give the engine this clock and this chance."""
    before = models.clock.source, models.chance.source
    models.clock.source, models.chance.source = clock, chance
    try:
        yield
    finally:
        models.clock.source, models.chance.source = before


@contextmanager
def giving_up_after(seconds: float | None) -> Iterator[None]:
    """Let destinations be given up after so many seconds of failures; None for after days, as it is."""
    before = health.GIVES_UP_AFTER
    health.GIVES_UP_AFTER = before if seconds is None else timedelta(seconds=seconds)  # type: ignore[misc]
    try:
        yield
    finally:
        health.GIVES_UP_AFTER = before  # type: ignore[misc]


@dataclass
class Faults:
    """What goes wrong at the borders.

    `kills` are the numbers of the port calls at which a process ends, `freezes` those at which it stands
    still, and for how many seconds.
    """

    kills: set[int] = field(default_factory=set)
    freezes: dict[int, float] = field(default_factory=dict)
    refused: float = 0.0  # share of transactions that the database refuses
    unheard: float = 0.0  # share of commits whose answer is lost
    latency_s: float = 0.02


class Borders:
    """Counts the calls of ports and lets them fail, for the processes that may be killed."""

    def __init__(self, scheduler: Scheduler, story: Story, random: Random, faults: Faults) -> None:
        self.scheduler = scheduler
        self.faults = faults
        self.mortal: set[Process] = set()
        self._story = story
        self._random = random
        self.calls = 0

    def cross(self, where: str) -> None:
        """Pass a border: others may run meanwhile, and the process may end here. Raises Killed."""
        self.stop_here(where)
        self.scheduler.pause(self._random.random() * self.faults.latency_s)

    def stop_here(self, where: str) -> None:
        """Let the process end or stand still here if it is time; not within a transaction. Raises Killed."""
        self.end_here(where)
        seconds = self.faults.freezes.pop(self.calls, None)
        if seconds is not None:
            self.freeze_here(where, seconds)

    def freeze_here(self, where: str, seconds: float) -> None:
        """Let all of the process stand still. Raises Killed."""
        process = self.scheduler.process
        if process in self.mortal:
            self._story.tell("stands still %s for %.0f s", where, seconds)
            process.frozen_until = self.scheduler.at + seconds
            self.scheduler.pause(seconds)

    def end_here(self, where: str) -> None:
        """Let the process end here if it is time. Raises Killed."""
        process = self.scheduler.process
        if process.is_dead:
            self.scheduler.kill(process)
        if process in self.mortal:
            self.calls += 1
            if self.calls in self.faults.kills:
                self._story.tell("killed %s", where)
                self.scheduler.kill(process)

    def is_refused(self) -> bool:
        return self.scheduler.process in self.mortal and self._random.random() < self.faults.refused

    def is_unheard(self) -> bool:
        return self.scheduler.process in self.mortal and self._random.random() < self.faults.unheard


class SimulatedDatabase(Database):
    """A real database on a real file; at the borders of its transactions things go wrong."""

    def __init__(self, url: str, auditor: Auditor) -> None:
        super().__init__(url, auditor)
        self._borders: Borders
        event.listen(self.engine, "connect", _fast)

    def stand_among(self, borders: Borders) -> None:
        self._borders = borders

    @contextmanager
    def reading(self, tenant_id: int) -> Iterator[Session]:
        self._begin_at_border("read")
        with super().reading(tenant_id) as session:
            yield session

    @contextmanager
    def reading_all(self) -> Iterator[Session]:
        self._begin_at_border("read")
        with super().reading_all() as session:
            yield session

    @contextmanager
    def writing(self, tenant_id: int) -> Iterator[Session]:
        self._begin_at_border("write")
        with super().writing(tenant_id) as session:
            yield session
            self._borders.end_here("before a commit")
        self._end_at_border()

    @contextmanager
    def writing_all(self) -> Iterator[Session]:
        self._begin_at_border("write")
        with super().writing_all() as session:
            yield session
            self._borders.end_here("before a commit")
        self._end_at_border()

    def _begin_at_border(self, what: str) -> None:
        self._borders.cross(f"before a {what}")
        if self._borders.is_refused():
            raise DatabaseUnavailable("the simulated database refuses")

    def _end_at_border(self) -> None:
        self._borders.cross("after a commit")
        if self._borders.is_unheard():
            raise ConnectionLost("the answer to a commit was lost")


def _fast(connection: Any, _record: Any) -> None:
    """A simulated machine loses no power: nothing needs to reach the disk."""
    connection.execute("PRAGMA synchronous=OFF")
