"""The clock wakes what is due and mends what a crash left behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis import Redis

from jobs.queue import waiting_jobs
from jobs.sweeper import Clock
from tests.conftest import TwoTenants
from tests.engine import Bench, deal, link
from tests.models.ended import LONG_AGO, deliveries, end, place_of


def _clock(bench: Bench, redis: Redis) -> Clock:
    engine = SimpleNamespace(database=bench.database, redis=redis, settings=bench.settings)
    return Clock(cast("Any", engine), None)


def test_it_wakes_for_new_events_and_due_lanes_only(bench: Bench, tenants: TwoTenants, redis: Redis) -> None:
    clock = _clock(bench, redis)
    clock._tick()
    assert waiting_jobs(redis) == 0
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))

    clock._tick()

    assert waiting_jobs(redis) == 1
    redis.flushall()
    bench.spread()
    clock._tick()
    assert waiting_jobs(redis) == 1


def test_it_stands_still_until_it_runs_and_when_it_hangs(
    bench: Bench, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _clock(bench, redis)
    assert not clock.is_ticking()
    clock.start()
    assert clock.is_ticking()
    monkeypatch.setattr("jobs.sweeper.STANDS_STILL_S", 0.0)
    assert not clock.is_ticking()
    clock.stop()
    clock.join()


def test_it_heals_a_lane_that_forgot(bench: Bench, tenants: TwoTenants, redis: Redis) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.change_lane(tenants.ours, due_at=None)

    _clock(bench, redis)._tick()

    assert bench.lane(tenants.ours).due_at is not None


def test_it_looks_after_the_record(bench: Bench, tenants: TwoTenants, redis: Redis) -> None:
    wall = place_of(bench.database, tenants.ours)
    end(bench.database, tenants.ours, wall, created_at=LONG_AGO, finished_at=LONG_AGO)

    _clock(bench, redis)._tick()

    assert deliveries(bench.database, tenants.ours) == []
