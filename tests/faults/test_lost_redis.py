"""Redis may be killed, wiped or hang at any moment: cards come later, but all of them come."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import redis

from tests.customers import Customer
from tests.faults.rules import winner
from tests.invariants import hold, settle
from tests.stack import Stack, wait_until

FOUND_DEAD_WITHIN_S = 5.0  # the contract's bound for restarting the embedded Redis
SLACK_S = 5.0  # two cores, shared with whatever else runs


def wins(customer: Customer, count: int = 3) -> None:
    for number in range(count):
        started = time.monotonic()
        assert customer.post(customer.won(number=number + 1)).status_code == 200
        assert time.monotonic() - started < SLACK_S, "the door waited for Redis"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One product that survives all that these tests do to its Redis."""
    with Stack(tmp_path_factory.mktemp("running")) as stack:
        stack.start_web()
        stack.start_worker()
        yield stack


@pytest.fixture
def customer(running: Stack) -> Customer:
    customer = winner(running, spaces=2)
    wins(customer, 1)
    customer.wait_for_cards(2)
    return customer


@pytest.mark.long
def test_killed_with_all_it_held_it_is_started_again(customer: Customer) -> None:
    stack = customer.stack
    first = stack.redis_pid()
    os.kill(first, signal.SIGKILL)
    wins(customer)
    assert stack.http.get("/health/ready").status_code == 200
    settle(customer)
    wait_until(lambda: _pid(stack) not in (0, first), FOUND_DEAD_WITHIN_S + SLACK_S, "a new Redis")
    hold(customer)


def test_wiped_it_costs_time_only(customer: Customer) -> None:
    for _ in range(5):
        wins(customer, 1)
        with customer.stack.redis() as client:
            client.flushall()
    settle(customer)
    hold(customer)


def test_keys_of_the_wrong_kind_cost_time_only(customer: Customer) -> None:
    with customer.stack.redis() as client:
        client.flushall()
        client.set("pipenotify:wake", "a text where a list should be")
        client.set("rq:queue:pipenotify", "a text where a list should be")
    wins(customer)
    time.sleep(1)
    with customer.stack.redis() as client:
        client.flushall()
    settle(customer)
    hold(customer)


def test_hanging_it_delays_no_webhook(customer: Customer) -> None:
    pid = customer.stack.redis_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        wins(customer)
        time.sleep(5)
        wins(customer)
    finally:
        with suppress(ProcessLookupError):  # a worker may have put another in its place
            os.kill(pid, signal.SIGCONT)
    settle(customer)
    hold(customer)


@pytest.mark.long
def test_its_starter_killed_another_worker_starts_it_again(sqlite_stack: Stack) -> None:
    stack = sqlite_stack
    stack.start_web()
    starter = stack.start_worker()
    stack.start_worker()
    customer = winner(stack)
    first = stack.redis_pid()
    starter.kill()
    wins(customer)
    wait_until(lambda: _pid(stack) not in (0, first), FOUND_DEAD_WITHIN_S + SLACK_S, "a new Redis")
    settle(customer, seconds=45)
    hold(customer)


def _pid(stack: Stack) -> int:
    try:
        return stack.redis_pid()
    except (redis.RedisError, OSError):
        return 0
