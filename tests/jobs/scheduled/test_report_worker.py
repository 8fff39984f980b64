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
from models.operating.measurements import ATTEMPTS, Measurements, read_measurements
from models.operating.workers import list_workers
from models.tables import WorkerProcess


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measurements:
    made = Measurements()
    monkeypatch.setattr("jobs.scheduled.report_worker.MEASUREMENTS", made)
    return made


def _workers(database: Database) -> list[WorkerProcess]:
    with database.reading_all() as session:
        return list(list_workers(session))


def test_it_reports_itself_and_stores_what_was_measured(
    database: Database, redis: Redis, measured: Measurements
) -> None:
    report = WorkerReport(database, redis)
    measured.count(ATTEMPTS, "delivered")
    report.run()
    report.run()
    (worker,) = _workers(database)
    assert (worker.pid, worker.problem, worker.release) == (os.getpid(), "", migrate.head())
    with database.reading_all() as session:
        assert read_measurements(session) == {ATTEMPTS: {"delivered": 1}}
    measured.count(ATTEMPTS, "delivered")
    report.end()
    assert _workers(database) == []
    with database.reading_all() as session:
        assert read_measurements(session) == {ATTEMPTS: {"delivered": 2}}


def test_it_says_that_redis_is_away_and_that_it_is_back(
    database: Database, redis: Redis, measured: Measurements
) -> None:
    report = WorkerReport(database, connect("redis://127.0.0.1:1"))
    report.run()
    assert [each.problem for each in _workers(database)] == [NO_REDIS]
    report._redis = redis
    report.run()
    assert [each.problem for each in _workers(database)] == [""]
    assert measured.store(database) is None  # type: ignore[func-returns-value]


def test_its_end_does_not_depend_on_the_database(
    database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: Database) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "writing_all", away)
    WorkerReport(database, redis).end()
