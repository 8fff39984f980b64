"""Waking a drain and enqueuing one: Redis holds nothing else."""

from __future__ import annotations

import json
import zlib

import pytest
import redis as redis_py
from redis import Redis
from rq.utils import import_attribute

from jobs.queue import (
    DRAIN,
    MOST_SLOTS,
    REQUEST_MS,
    SLOT_MS,
    Slot,
    connect,
    queue_of,
    request_drain,
    request_helper,
    waiting_jobs,
    wake,
    worker,
    workers,
)


def test_a_wake_up_enqueues_one_drain_when_none_runs(redis: Redis) -> None:
    for _ in range(5):
        wake(redis)

    assert waiting_jobs(redis) == 1
    (job,) = queue_of(redis).jobs
    assert (job.func_name, list(job.args)) == (DRAIN, [0])
    assert json.loads(job.data)[0] == DRAIN  # JSON: nothing in Redis is ever unpickled


def test_a_wake_up_enqueues_none_while_one_runs(redis: Redis) -> None:
    slot = Slot(redis, 0)
    assert slot.claim()

    wake(redis)
    wake(redis)

    assert waiting_jobs(redis) == 0
    assert slot.wait(0.1)
    assert not slot.wait(0.05)


def test_a_slot_has_one_holder_and_expires(redis: Redis) -> None:
    first, second = Slot(redis, 3), Slot(redis, 3)

    assert (first.claim(), second.claim()) == (True, False)
    assert 0 < redis.pttl("pipenotify:draining:3") <= SLOT_MS
    first.release()
    assert second.claim()


def test_a_helper_is_requested_for_the_next_slot_while_no_job_waits(redis: Redis) -> None:
    request_helper(redis, 0)
    request_helper(redis, 0)
    assert [list(job.args) for job in queue_of(redis).jobs] == [[1]]


def test_no_helper_is_requested_beyond_the_last_slot(redis: Redis) -> None:
    request_helper(redis, MOST_SLOTS - 1)
    assert waiting_jobs(redis) == 0


def test_a_lost_job_is_enqueued_again(redis: Redis) -> None:
    assert request_drain(redis, 0)
    assert not request_drain(redis, 0)
    assert 0 < redis.pttl("pipenotify:asked:0") <= REQUEST_MS
    redis.flushall()

    assert request_drain(redis, 0)
    assert waiting_jobs(redis) == 1


def test_a_wake_up_that_comes_as_the_drain_leaves_is_not_lost(redis: Redis) -> None:
    slot = Slot(redis, 0)
    slot.claim()
    wake(redis)
    slot.release()

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


def test_a_worker_that_should_end_before_it_listens_takes_no_job(redis: Redis) -> None:
    request_drain(redis, 0)
    made = worker(redis)
    made.is_stopping = lambda: True
    made.work(logging_level="WARNING", max_idle_time=1)
    assert waiting_jobs(redis) == 1


def test_the_job_keeps_the_name_under_which_other_releases_look_for_it() -> None:
    assert DRAIN == "jobs.drain.drain"
    assert callable(import_attribute(DRAIN))


def test_a_job_of_the_release_before_is_worked(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """While releases are exchanged one machine after the other, RQ 2.12 and 3.0 share the queue."""
    data = zlib.compress(b'["jobs.drain.drain", null, [7], {}]')
    at = "2026-11-28T00:46:47.694173Z"
    fields = {"status": "queued", "origin": "pipenotify", "created_at": at, "enqueued_at": at}
    fields |= {"timeout": "120", "result_ttl": "0", "failure_ttl": "3600"}
    redis.hset("rq:job:drain-7-e3cb9707", "data", data)
    for name, value in fields.items():
        redis.hset("rq:job:drain-7-e3cb9707", name, value)
    redis.rpush("rq:queue:pipenotify", "drain-7-e3cb9707")
    drained: list[int] = []
    monkeypatch.setattr("jobs.drain.drain", drained.append)

    made = worker(redis)
    made.work(burst=True, logging_level="WARNING")

    assert drained == [7]
    assert waiting_jobs(redis) == 0
    assert redis.zcard("rq:failed:pipenotify") == 0
