"""What the web part acknowledged is delivered, even if it is killed before waking a worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.customers import Customer
from tests.faults.rules import winner
from tests.invariants import events, hold, settle
from tests.stack import Stack, wait_until


def post_until_refused(customer: Customer, number: int) -> int:
    """Post won deals one after another until the endpoint is gone; return how many were accepted."""
    taken = 0
    with httpx.Client(base_url=customer.stack.url, trust_env=False, timeout=10) as http:
        for one in range(100_000):
            try:
                answer = customer.post(customer.won(number=number * 100_000 + one), http)
            except httpx.TransportError:
                return taken
            assert answer.status_code == 200
            taken += 1
    return taken


@pytest.mark.long
def test_killed_between_commit_and_wake_up_it_loses_nothing(stack: Stack) -> None:
    """No worker runs and no Redis answers: the event is only in the database."""
    web = stack.start_web()
    customer = winner(stack)
    assert customer.post(customer.won()).status_code == 200
    web.kill()
    stack.start_worker()
    customer.wait_for_cards(1, seconds=10)
    settle(customer)
    hold(customer)


def test_killed_under_load_every_acknowledged_event_has_its_row(stack: Stack) -> None:
    web = stack.start_web()
    customer = winner(stack)
    with ThreadPoolExecutor(8) as pool:
        posting = [pool.submit(post_until_refused, customer, number) for number in range(1, 9)]
        wait_until(lambda: len(customer.accepted) >= 200, 20, "two hundred events")
        web.kill()
        taken = sum(one.result() for one in posting)
    assert taken == len(customer.accepted) >= 200
    assert len(events(customer)) >= taken

    stack.start_web()
    assert customer.post(customer.won()).status_code == 200
    stack.start_worker()
    settle(customer, seconds=30)
    hold(customer)
