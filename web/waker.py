"""Wakes the engine after a commit: best effort, and not in the request's thread."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Final

import redis
import structlog

from jobs import queue
from jobs.process.embedded_redis import redis_url
from jobs.process.redis_connection import OwnConnection
from models.settings import Settings

REST_S: Final = 1.0  # after a failure, and between tries: the sweeper wakes the engine meanwhile

log = structlog.get_logger()


class Waker(threading.Thread):
    """Combines any number of wake-up requests into as few calls as possible."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="waker", daemon=True)
        self._redis = queue.connect(redis_url(settings))
        self._connection = OwnConnection(self._redis)
        self._wanted = threading.Event()
        self._was_away = False

    def wake(self) -> None:
        """Request a wake-up soon; returns at once and never fails."""
        self._wanted.set()

    def run(self) -> None:
        self._connect()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                queue.wake(self._redis, self._connection)
                self._was_away = False
            except (redis.RedisError, OSError) as away:
                if not self._was_away:
                    log.warning("waker.redis_away", why=type(away).__name__)
                self._was_away = True
                time.sleep(REST_S)

    def _connect(self) -> None:
        """Connect ahead, as soon as there is a Redis: the first webhook would wait for that."""
        while True:
            with suppress(redis.RedisError, OSError):
                self._connection.open()
                return
            if self._wanted.wait(REST_S):
                return
