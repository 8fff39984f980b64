"""On SIGTERM under load, the processes take nothing new, release their leases and end in time."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from tests.customers import Customer
from tests.faults.rules import winner
from tests.invariants import deliveries, hold, settle
from tests.stack import Stack, wait_until
from web.playground.faults import Fault

WEB_ENDS_WITHIN_S = 10.0
WORKER_ENDS_WITHIN_S = 10.0
WORKER_ENDS_SENDING_WITHIN_S = 30.0
DEAF_WITHIN_S = 1.0


def post_until_gone(customer: Customer, number: int, gone: Event) -> None:
    """Post over a new connection each time until the endpoint is gone; every response is a 200."""
    for one in range(100_000):
        try:
            with httpx.Client(base_url=customer.stack.url, trust_env=False, timeout=12) as http:
                answer = customer.post(customer.won(number=number * 100_000 + one), http)
        except httpx.TransportError:
            gone.set()
            return
        assert answer.status_code == 200


def test_the_web_part_answers_what_it_took_and_ends(stack: Stack) -> None:
    web = stack.start_web()
    customer = winner(stack)
    gone = Event()
    with ThreadPoolExecutor(4) as pool:
        posting = [pool.submit(post_until_gone, customer, number, gone) for number in range(1, 5)]
        wait_until(lambda: len(customer.accepted) >= 40, 20)
        started = time.monotonic()
        web.signal(signal.SIGTERM)
        assert gone.wait(DEAF_WITHIN_S + 1), "it took new webhooks more than a second after SIGTERM"
        web.process.wait(WEB_ENDS_WITHIN_S)
        assert time.monotonic() - started < WEB_ENDS_WITHIN_S
        for one in posting:
            one.result()

    stack.start_worker()
    settle(customer)
    hold(customer)
    assert stack.stderr() == ""


@pytest.mark.long
def test_an_idle_worker_ends_at_once_and_a_busy_one_hands_back_what_it_holds(stack: Stack) -> None:
    stack.start_web()
    first = stack.start_worker()
    customer = winner(stack, spaces=4)
    for number in range(20):
        assert customer.post(customer.won(number=number + 1)).status_code == 200
    customer.wait_for_cards(4)
    assert first.stop() < WORKER_ENDS_WITHIN_S
    assert [each.state for each in deliveries(customer) if each.state == "sending"] == []

    second = stack.start_worker()
    settle(customer)
    assert second.stop() < WORKER_ENDS_WITHIN_S
    assert [each.lease_losses for each in deliveries(customer) if each.lease_losses] == []
    hold(customer)
    assert stack.stderr() == ""


@pytest.mark.long
def test_a_worker_waits_for_the_answer_it_is_owed(sqlite_stack: Stack) -> None:
    stack = sqlite_stack
    stack.start_web()
    worker = stack.start_worker()
    customer = winner(stack)
    stack.play.chat.faults.order(Fault(where=f"/{customer.spaces[0]}/", delay=4))
    assert customer.post(customer.won()).status_code == 200
    customer.wait_for_cards(1)
    assert worker.stop() < WORKER_ENDS_SENDING_WITHIN_S
    assert [each.state for each in deliveries(customer)] == ["delivered"]
    assert len(stack.play.chat.writes(customer.spaces[0])) == 1
    hold(customer)
    assert stack.stderr() == ""
