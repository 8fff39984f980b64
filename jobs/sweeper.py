"""The sweeper of a part of a worker: a thread that runs the jobs of the timetable when they are due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import redis
import structlog

from jobs.timetable import ScheduledJob
from models.errors import DatabaseUnavailable

STUCK_AFTER_S: Final = 120.0
MOST_FIRST_S: Final = 2.0  # a process is ready then, however much there is to do

log = structlog.get_logger()


class Sweeper(threading.Thread):
    """Sweeps over the jobs at once, then every `every_s` seconds. One that fails runs again the next time.

    No job begins once it is stopped, or its process is.
    """

    def __init__(
        self,
        jobs: Sequence[ScheduledJob],
        every_s: float,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._is_stopping = is_stopping
        self._jobs = jobs
        self._every_s = every_s
        self._due = {job.name: time.monotonic() + job.starts_after_s for job in jobs}
        self._stopped = threading.Event()
        self._has_swept = threading.Event()
        self._last_step = time.monotonic()

    def run(self) -> None:
        while not self._stopped.is_set():
            self._last_step = time.monotonic()
            self.sweep()
            self._has_swept.set()
            self._stopped.wait(self._every_s)

    def wait_for_first(self) -> None:
        """Wait for the first sweep, `MOST_FIRST_S` at most: it takes longest, as all is done first then."""
        self._has_swept.wait(MOST_FIRST_S)

    def stop(self) -> None:
        self._stopped.set()

    def is_healthy(self) -> bool:
        """Whether the thread runs and does not hang; waiting for an absent database takes seconds."""
        return self.is_alive() and time.monotonic() - self._last_step < STUCK_AFTER_S

    def sweep(self) -> None:
        """Run each job that is due. Never raises: what goes wrong is logged."""
        for job in self._jobs:
            if self._stopped.is_set() or self._is_stopping():
                return
            if self._due[job.name] <= time.monotonic():
                self._run_job(job)
                self._last_step = time.monotonic()

    def _run_job(self, job: ScheduledJob) -> None:
        try:
            has_more = job.run()
        except (redis.RedisError, OSError, DatabaseUnavailable) as away:
            log.warning("sweeper.unavailable", job=job.name, why=f"{type(away).__name__}: {away}"[:200])
        except Exception:
            log.exception("sweeper.unexpected", job=job.name)
        else:
            if not has_more:
                self._due[job.name] = time.monotonic() + job.every_s
