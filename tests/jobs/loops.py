"""Runs coroutines and drains to their end, whatever else runs in this thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import pytest

from jobs import drain as drain_module
from jobs.drain import Drain
from jobs.wiring import Engine
from models.clock import now
from tests.engine import Bench, HandClock
from tests.stack import wait_until

Found = TypeVar("Found")


def run_alone(
    work: Coroutine[Any, Any, Found], by: Callable[[Coroutine[Any, Any, Found]], Found] = asyncio.run
) -> Found:
    """Return what a coroutine returns, run by a loop and a thread of its own; `by` is asyncio's or uvloop's.

    A browser that an earlier test of this process opened leaves a loop running in the main thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(by, work).result()


def drain_in_real_time(monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator[None]:
    """A fixture: drains run by the real time, and end with the test."""
    monkeypatch.setattr("jobs.deliveries.deliver.now", now)
    monkeypatch.setattr("jobs.deliveries.send.now", now)
    monkeypatch.setattr("jobs.events.fan_out.now", now)
    monkeypatch.setattr(drain_module, "MOST_NAP_S", 0.1)
    clock.at = now()
    drain_module.stopping.clear()
    yield
    drain_module.stopping.clear()


def drain_of(bench: Bench) -> Drain:
    return Drain(cast("Engine", bench))


def run_until(is_done: Callable[[], bool], *benches: Bench, running: Drain | None = None) -> None:
    """Run drains beside each other until something is so, however slow the machine is; then stop them."""
    drains = [running] if running else [drain_of(bench) for bench in benches]
    threads = [threading.Thread(target=each.run, args=(60,)) for each in drains]
    for thread in threads:
        thread.start()
    try:
        wait_until(is_done, 50)
    finally:
        drain_module.stop()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
