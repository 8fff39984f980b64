"""The clock of a worker: every two seconds it wakes what is due, and mends what a crash left behind."""

from __future__ import annotations

import threading
import time
from typing import Final

import redis
import structlog

from jobs.deliveries.release_held import Quiet
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.queue import wake
from jobs.scheduled.prune import Upkeep
from jobs.wiring import Engine
from models.clock import now
from models.deliveries import lanes
from models.errors import DatabaseUnavailable
from models.events import store as event_store
from models.rules.ruleset import Rulesets

TICK_S: Final = 2.0
HEAL_EVERY_S: Final = 30.0
STANDS_STILL_S: Final = 120.0

log = structlog.get_logger()


class Clock(threading.Thread):
    """The sweeper: nothing depends on a wake-up that was lost with Redis or with a process."""

    def __init__(self, engine: Engine, embedded: EmbeddedRedis | None) -> None:
        super().__init__(name="clock", daemon=True)
        self._engine = engine
        self._embedded = embedded
        self._over = threading.Event()
        self._quiet = Quiet(engine.database, Rulesets())
        self._upkeep = Upkeep(engine.database, engine.settings.keep_days)
        self._healed = 0.0
        self._ticked = time.monotonic()

    def run(self) -> None:
        while not self._over.wait(TICK_S):
            self._ticked = time.monotonic()
            try:
                self._tick()
            except (redis.RedisError, OSError, DatabaseUnavailable) as away:
                log.warning("clock.part_away", why=f"{type(away).__name__}: {away}"[:200])
            except Exception:
                log.exception("clock.unforeseen")

    def stop(self) -> None:
        self._over.set()

    def is_ticking(self) -> bool:
        """Tell whether the clock still goes; a tick that waits for a database that is away takes seconds."""
        return self.is_alive() and time.monotonic() - self._ticked < STANDS_STILL_S

    def _tick(self) -> None:
        if self._embedded is not None and self._embedded.ensure():
            log.warning("redis.restarted")
        if time.monotonic() - self._healed > HEAL_EVERY_S:
            self._healed = time.monotonic()
            with self._engine.database.writing_all() as session:
                lanes.heal(session)
        self._quiet.release_due()
        if self._is_anything_due():
            wake(self._engine.redis)
        self._upkeep.step()

    def _is_anything_due(self) -> bool:
        with self._engine.database.reading_all() as session:
            if event_store.tenants_with_new(session):
                return True
            due = lanes.next_due(session)
        return due is not None and due <= now()
