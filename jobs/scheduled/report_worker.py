"""Reports that this worker lives, what it cannot reach, and that the jobs of its clock run."""

from __future__ import annotations

import os
import socket
import uuid

import redis
import structlog

from models.backfills.heartbeats import CLOCK, record_heartbeat
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.operating.workers import WorkerIdentity, leave, record_alive

NO_REDIS = "Redis does not answer"

log = structlog.get_logger()


class WorkerReport:
    """The reports of one worker process."""

    def __init__(self, database: Database, client: redis.Redis) -> None:
        self._database = database
        self._redis = client
        self._worker = WorkerIdentity(
            uuid.uuid4().hex, socket.gethostname(), os.getpid(), migrate.head(), now()
        )

    def run(self) -> None:
        """Report. Raises DatabaseUnavailable."""
        problem = self._problem()
        with self._database.writing_all() as session:
            record_alive(session, self._worker, now(), problem)

    def end(self) -> None:
        """Report that the worker ends on purpose."""
        try:
            with self._database.writing_all() as session:
                leave(session, self._worker.id)
        except DatabaseUnavailable as away:
            log.warning("database.away", why=str(away))

    def _problem(self) -> str:
        try:
            self._redis.ping()
        except (redis.RedisError, OSError):
            return NO_REDIS
        return ""


def record_clock(database: Database) -> None:
    """Record that the jobs of the clock run. Raises DatabaseUnavailable."""
    with database.writing_all() as session:
        record_heartbeat(session, CLOCK)
