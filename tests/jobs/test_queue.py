"""Waking and asking: Redis carries nothing but the wish to be carried."""

from __future__ import annotations

import json

import pytest
import redis as redis_py
from redis import Redis

from jobs.queue import (
    ASKED_MS,
    DRAIN,
    HOLD_MS,
    Slot,
    ask,
    connect,
    queue_of,
    waiting_jobs,
    wake,
    worker,
    workers,
)


def test_a_wake_up_asks_for_one_drain_when_nobody_drains(redis: Redis) -> None:
    for _ in range(5):
        wake(redis)

    assert waiting_jobs(redis) == 1
    (job,) = queue_of(redis).jobs
    assert (job.func_name, list(job.args)) == (DRAIN, [0])
    assert json.loads(job.data)[0] == DRAIN  # JSON: nothing in Redis is ever unpickled


def test_a_wake_up_asks_for_none_while_somebody_drains(redis: Redis) -> None:
    slot = Slot(redis, 0)
    assert slot.take()

    wake(redis)
    wake(redis)

    assert waiting_jobs(redis) == 0
    assert slot.wait(0.1)
    assert not slot.wait(0.05)


def test_a_slot_has_one_holder_and_expires(redis: Redis) -> None:
    first, second = Slot(redis, 3), Slot(redis, 3)

    assert (first.take(), second.take()) == (True, False)
    assert 0 < redis.pttl("pipenotify:draining:3") <= HOLD_MS
    first.leave()
    assert second.take()


def test_a_lost_job_is_asked_for_again(redis: Redis) -> None:
    assert ask(redis, 0)
    assert not ask(redis, 0)
    assert 0 < redis.pttl("pipenotify:asked:0") <= ASKED_MS
    redis.flushall()

    assert ask(redis, 0)
    assert waiting_jobs(redis) == 1


def test_a_wake_up_that_comes_as_the_drain_leaves_is_not_lost(redis: Redis) -> None:
    slot = Slot(redis, 0)
    slot.take()
    wake(redis)
    slot.leave()

    assert slot.wait(0.01)


def test_a_wake_list_of_another_type_is_mended(redis: Redis) -> None:
    redis.set("pipenotify:wake", "nonsense")

    wake(redis)

    assert waiting_jobs(redis) == 1
    assert redis.type("pipenotify:wake") in {b"none", b"list"}


def test_a_redis_that_is_away_says_so_at_once() -> None:
    with pytest.raises(redis_py.RedisError):
        wake(connect("redis://127.0.0.1:9/0"))


def test_workers_are_counted(redis: Redis) -> None:
    assert workers(redis) == 0
    made = worker(redis)
    made.register_birth()  # type: ignore[no-untyped-call]
    assert workers(redis) == 1
    made.register_death()  # type: ignore[no-untyped-call]
