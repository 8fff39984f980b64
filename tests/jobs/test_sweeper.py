"""The sweeper runs the jobs of the timetable when they are due, whatever goes wrong in one of them."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis import Redis

from jobs import sweeper as sweeper_module
from jobs.names.cache import NameCache
from jobs.queue import waiting_jobs
from jobs.sweeper import Sweeper
from jobs.timetable import AFTER_START_S, DAILY, EACH_SWEEP, ScheduledJob, timetable
from models.errors import DatabaseUnavailable
from tests.conftest import TwoTenants
from tests.engine import Bench, NoSource, link
from tests.models.ended import LONG_AGO, add_destination, deliveries, end
from tests.stack import wait_until


class Hours:
    """A monotonic clock that one sets."""

    def __init__(self) -> None:
        self.at = 1.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    made = Hours()
    monkeypatch.setattr("jobs.sweeper.time", made)
    return made


def _sweeper(bench: Bench, redis: Redis) -> Sweeper:
    names = NameCache(bench.database, NoSource())
    engine = SimpleNamespace(
        database=bench.database,
        redis=redis,
        settings=bench.settings,
        names=names,
        followers=None,
        pipedrive=None,
        lead_deals=None,
    )
    return Sweeper(timetable(cast("Any", engine)), every_s=0.01)


def test_what_may_wait_does_not_run_at_the_start(bench: Bench, redis: Redis, hours: Hours) -> None:
    """What came while no worker ran is sent first."""
    ran, pruned = list[str](), list[str]()
    jobs = [
        ScheduledJob("soon", DAILY, lambda: ran.append("soon")),
        ScheduledJob("prune", DAILY, lambda: pruned.append("prune"), AFTER_START_S),
    ]
    sweeper = Sweeper(jobs, every_s=0.01)

    sweeper.sweep()
    assert (ran, pruned) == (["soon"], [])
    hours.at += AFTER_START_S
    sweeper.sweep()
    assert (ran, pruned) == (["soon"], ["prune"])


def test_it_is_healthy_while_it_runs_and_does_not_hang(
    bench: Bench, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeper = _sweeper(bench, redis)
    assert not sweeper.is_healthy()
    sweeper.start()
    assert sweeper.is_healthy()
    monkeypatch.setattr("jobs.sweeper.STUCK_AFTER_S", 0.0)
    assert not sweeper.is_healthy()
    sweeper.stop()
    sweeper.join()


def test_each_job_of_the_timetable_runs(
    bench: Bench, tenants: TwoTenants, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.timetable.AFTER_START_S", 0.0)
    wall = add_destination(bench.database, tenants.theirs)
    end(bench.database, tenants.theirs, wall, created_at=LONG_AGO, finished_at=LONG_AGO)
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.change_lane(tenants.ours, due_at=None)

    _sweeper(bench, redis).sweep()

    assert bench.lane(tenants.ours).due_at is not None
    assert waiting_jobs(redis) == 1
    assert deliveries(bench.database, tenants.theirs) == []


def test_a_job_runs_at_once_and_again_after_its_time(hours: Hours) -> None:
    ran: list[str] = []
    daily = ScheduledJob("daily", DAILY, lambda: ran.append("daily"))
    each = ScheduledJob("each", EACH_SWEEP, lambda: ran.append("each"))
    sweeper = Sweeper([daily, each], 2.0)

    for at in (1.0, 3.0, DAILY, 1.0 + DAILY):
        hours.at = at
        sweeper.sweep()

    assert ran == ["daily", "each", "each", "each", "daily", "each"]


def test_a_job_that_has_more_to_do_runs_at_the_next_sweep(hours: Hours) -> None:
    left = [True, True, False]
    sweeper = Sweeper([ScheduledJob("prune", DAILY, lambda: left.pop(0))], 2.0)

    for _ in range(5):
        sweeper.sweep()

    assert left == []
    assert hours.at == 1.0


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), TimeoutError("redis"), RuntimeError("a bug")])
def test_a_job_that_fails_runs_at_the_next_sweep_and_stops_no_other(error: Exception, hours: Hours) -> None:
    ran: list[float] = []

    def fail() -> None:
        ran.append(hours.at)
        raise error

    sweeper = Sweeper(
        [ScheduledJob("fails", DAILY, fail), ScheduledJob("daily", DAILY, lambda: ran.append(0))], 2.0
    )
    sweeper.sweep()
    sweeper.sweep()

    assert ran == [1.0, 0, 1.0]


def test_the_first_sweep_is_at_once_and_can_be_waited_for() -> None:
    ran: list[int] = []
    sweeper = Sweeper([ScheduledJob("each", EACH_SWEEP, lambda: ran.append(1))], 3600.0)
    sweeper.start()
    sweeper.wait_for_first()
    assert ran == [1]
    sweeper.stop()
    sweeper.join()


def test_a_first_sweep_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper_module, "MOST_FIRST_S", 0.01)
    may_end = threading.Event()
    sweeper = Sweeper([ScheduledJob("long", EACH_SWEEP, lambda: not may_end.wait(60))], 3600.0)
    sweeper.start()
    sweeper.wait_for_first()
    assert not may_end.is_set()
    may_end.set()
    sweeper.stop()
    sweeper.join()


@pytest.mark.parametrize("by_process", [False, True])
def test_no_job_begins_while_all_is_being_stopped(*, by_process: bool) -> None:
    """One that looks after Redis would start it again."""
    ran: list[str] = []
    stopping = threading.Event()

    def stop() -> None:
        ran.append("stop")
        stopping.set() if by_process else sweeper.stop()

    jobs = [
        ScheduledJob("stop", EACH_SWEEP, stop),
        ScheduledJob("next", EACH_SWEEP, lambda: ran.append("next")),
    ]
    sweeper = Sweeper(jobs, 3600.0, stopping.is_set)
    sweeper.sweep()
    assert ran == ["stop"]


def test_the_thread_sweeps_again_and_again() -> None:
    ran: list[int] = []
    sweeper = Sweeper([ScheduledJob("each", EACH_SWEEP, lambda: ran.append(1))], 0.01)
    sweeper.start()
    wait_until(lambda: len(ran) > 2, 10)
    sweeper.stop()
    sweeper.join()
