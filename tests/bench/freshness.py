"""Freshness under Chat's quotas: `python -m tests.bench [kind] freshness`.

500 changes to 120 deals come within a minute, for one space of the real product; Chat has its real quotas.
"""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench.stand import database_url
from tests.customers import Customer, new_customer
from tests.invariants import settle
from tests.stack import Stack

CHANGES: Final = 500
DEALS: Final = 120
SECONDS: Final = 60.0


def run(kind: str, say: Callable[[str, str, str], None]) -> None:
    """Print the writes, and how old the final state of each deal was when a card first showed it."""
    with (
        tempfile.TemporaryDirectory(prefix="pn-bench-") as name,
        database_url(kind, name) as url,
        Stack(Path(name), url) as stack,
    ):
        stack.is_noisy = True
        stack.start_web()
        stack.start_worker()
        customer = new_customer(stack)
        customer.load([{"name": "Values", "on": "deal.value_changed", "to": customer.spaces}])
        last = _change(customer)
        settle(customer, seconds=120)
        writes = stack.play.chat.writes(customer.spaces[0])
    sent = [(each.at, each.body.decode()) for each in writes if each.status == 200]
    ages = sorted(filter(None, (_age(at, final, sent) for at, final in last.values())))
    cuts = statistics.quantiles(ages, n=100)
    seen = f"{len(ages)} of {len(last)} final states, age p50 {cuts[49]:.1f} p99 {cuts[98]:.1f}"
    refused = len(writes) - len(sent)
    what = "fresh: 500 changes to 120 deals in 60 s, one space"
    say(kind, what, f"{len(sent)} writes, {refused} refused; {seen} max {ages[-1]:.1f} s")


def _change(customer: Customer) -> dict[int, tuple[float, str]]:
    """Post the changes; return when each deal changed last, and how a card shows it then."""
    chance, last = random.Random(1), dict[int, tuple[float, str]]()
    values = {number: number * 10_000 for number in range(1, DEALS + 1)}
    begun = time.monotonic()
    for index in range(CHANGES):
        time.sleep(max(0.0, begun + index * SECONDS / CHANGES - time.monotonic()))
        number = chance.randrange(1, DEALS + 1)
        before, values[number] = values[number], values[number] + 1
        title = f"Deal {number:03}"
        data = {"id": number, "title": title, "value": values[number], "currency": "EUR", "status": "open"}
        customer.post(customer.body(previous={"value": before}, data=data))
        last[number] = (time.time(), f"{title}.*?{values[number]:,}")
    return last


def _age(at: float, final: str, sent: list[tuple[float, str]]) -> float | None:
    return next((when - at for when, body in sent if when >= at and re.search(final, body)), None)
