"""A drain is woken for new events and due lanes only; a lane that lost its due time is healed."""

from __future__ import annotations

from redis import Redis

from jobs.queue import waiting_jobs
from jobs.scheduled.heal_lanes import heal_lanes
from jobs.scheduled.wake_drain import wake_drain
from tests.conftest import TwoTenants
from tests.engine import Bench, deal, link


def test_a_drain_is_woken_for_new_events_and_due_lanes_only(
    bench: Bench, tenants: TwoTenants, redis: Redis
) -> None:
    wake_drain(bench.database, redis)
    assert waiting_jobs(redis) == 0
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))

    wake_drain(bench.database, redis)

    assert waiting_jobs(redis) == 1
    redis.flushall()
    bench.spread()
    wake_drain(bench.database, redis)
    assert waiting_jobs(redis) == 1


def test_a_lane_without_its_due_time_is_healed(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.change_lane(tenants.ours, due_at=None)

    heal_lanes(bench.database)

    assert bench.lane(tenants.ours).due_at is not None
