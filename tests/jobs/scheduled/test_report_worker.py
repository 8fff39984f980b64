"""A worker reports that it lives and what it cannot reach, and says goodbye when it ends."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from redis import Redis

from jobs.queue import connect
from jobs.scheduled.report_worker import NO_REDIS, WorkerReport, record_clock
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.operating.workers import clock_age, list_workers
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


def test_the_clock_records_that_it_runs(database: Database) -> None:
    with database.reading_all() as session:
        assert clock_age(session, now()) is None
    record_clock(database)
    record_clock(database)
    with database.reading_all() as session:
        age = clock_age(session, now())
    assert age is not None
    assert timedelta(0) <= age < timedelta(seconds=30)
