"""With repeated kills, and a Chat that fails often, nothing is lost and nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import httpx
import pytest
import redis

from tests.customers import Customer, told_by
from tests.faults.rules import winner
from tests.invariants import deliveries, hold, settle
from tests.stack import Part, Stack
from web.playground.faults import Fault

pytestmark = [pytest.mark.load, pytest.mark.long]

CUSTOMERS: Final = 10
EVENTS_EACH: Final = 30
LASTS_S: Final = 20.0
SETTLES_WITHIN_S: Final = 90.0


def post_all(customer: Customer) -> None:
    """Post this customer's events over the time of the test, each until the endpoint accepts it."""
    pause = LASTS_S / EVENTS_EACH
    with httpx.Client(base_url=customer.stack.url, trust_env=False, timeout=10) as http:
        for number in range(EVENTS_EACH):
            body = customer.won(f"Deal {number}", number=number + 1)
            while not _is_taken(customer, body, http):
                time.sleep(0.2)
            time.sleep(pause * random.random() * 2)


def _is_taken(customer: Customer, body: dict[str, object], http: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return customer.post(body, http).is_success
    return False


class Chaos:
    """Two workers and a web part that are killed and started again, and their Redis."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.parts: list[tuple[Callable[[], Part], Part]] = [
            (start, start()) for start in (stack.start_web, stack.start_worker, stack.start_worker)
        ]

    def strike(self) -> None:
        """Kill one of them and start it again, as a process supervisor does."""
        victim = random.randrange(len(self.parts) + 1)
        if victim == len(self.parts):
            with suppress(redis.RedisError, OSError):
                os.kill(self.stack.redis_pid(), signal.SIGKILL)
            return
        start, part = self.parts[victim]
        part.kill()
        self.parts[victim] = (start, start())


def test_a_random_loop_of_kills_loses_nothing_and_doubles_nothing(stack: Stack) -> None:
    chaos = Chaos(stack)
    customers = [winner(stack) for _ in range(CUSTOMERS)]
    for customer in customers:  # about a tenth of the writes fails, another tenth loses its reply
        where = f"/{customer.spaces[0]}/"
        for fault in (Fault(where=where, status=503), Fault(where=where, drop=True)):
            stack.play.chat.faults.order(fault)
    with ThreadPoolExecutor(CUSTOMERS) as pool:
        posting = [pool.submit(post_all, customer) for customer in customers]
        until = time.monotonic() + LASTS_S
        while time.monotonic() < until:
            chaos.strike()
            time.sleep(1)
        for one in posting:
            one.result()

    settle(*customers, seconds=SETTLES_WITHIN_S)
    assert {each.state for customer in customers for each in deliveries(customer)} == {"delivered"}
    assert [sum(told_by(card) for card in one.cards()) for one in customers] == [EVENTS_EACH] * CUSTOMERS
    hold(*customers)
