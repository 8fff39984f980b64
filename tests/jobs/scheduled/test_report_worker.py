"""A worker reports that it lives and what it cannot reach, and says goodbye when it ends."""

from __future__ import annotations

import os

import pytest
from redis import Redis

from jobs.queue import connect
from jobs.scheduled.report_worker import NO_REDIS, WorkerReport
from models.database import migrate
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.operating.workers import list_workers
from models.tables import WorkerProcess


def _workers(database: Database) -> list[WorkerProcess]:
    with database.reading_all() as session:
        return list(list_workers(session))


def test_it_reports_itself_until_its_end(database: Database, redis: Redis) -> None:
    report = WorkerReport(database, redis)
    report.run()
    report.run()
    (worker,) = _workers(database)
    assert (worker.pid, worker.problem, worker.release) == (os.getpid(), "", migrate.head())
    report.end()
    assert _workers(database) == []


def test_it_says_that_redis_is_away_and_that_it_is_back(database: Database, redis: Redis) -> None:
    report = WorkerReport(database, connect("redis://127.0.0.1:1"))
    report.run()
    assert [each.problem for each in _workers(database)] == [NO_REDIS]
    report._redis = redis
    report.run()
    assert [each.problem for each in _workers(database)] == [""]


def test_its_end_does_not_depend_on_the_database(
    database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: Database) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "writing_all", away)
    WorkerReport(database, redis).end()
