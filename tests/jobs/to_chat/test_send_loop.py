"""The loop that sends: all at once, each result told, and an end that leaves nothing open."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator

import pytest

from jobs.to_chat import send_loop
from jobs.to_chat.send_loop import SendLoop

Loop = SendLoop[float, str]


class Wire:
    """The other side: a message is how many seconds it takes."""

    def __init__(self) -> None:
        self.results: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.threads: set[int] = set()
        self.is_closed = False
        self.was_opened = threading.Event()

    async def open(self) -> None:
        self.was_opened.set()

    async def send(self, seconds: float) -> str:
        self.threads.add(threading.get_ident())
        await asyncio.sleep(seconds)
        return f"sent {seconds}"

    async def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def loop(wire: Wire) -> Iterator[Loop]:
    made: Loop = SendLoop(wire.send, wire.open, wire.close)
    yield made
    made.close()


def test_all_are_under_way_at_once_in_one_thread(loop: Loop, wire: Wire) -> None:
    started = time.monotonic()
    loop.submit([0.2] * 100, wire.results.put)
    assert [wire.results.get(timeout=30) for _ in range(100)] == ["sent 0.2"] * 100
    assert time.monotonic() - started < 100 * 0.2 / 2
    assert len(wire.threads) == 1
    assert threading.get_ident() not in wire.threads


def test_a_slow_one_holds_up_no_other(loop: Loop, wire: Wire) -> None:
    loop.submit([60.0], wire.results.put)
    loop.submit([0.0], wire.results.put)
    assert wire.results.get(timeout=30) == "sent 0.0"


def test_a_loop_that_is_started_opens_before_anything_is_sent(loop: Loop, wire: Wire) -> None:
    loop.start()
    assert wire.was_opened.wait(30)
    assert not wire.threads


def test_closing_gives_up_what_is_under_way_and_closes_the_connections(loop: Loop, wire: Wire) -> None:
    loop.submit([60.0, 0.0], wire.results.put)
    wire.results.get(timeout=30)
    loop.close()
    assert wire.is_closed
    assert wire.results.empty()
    loop.close()


def test_it_begins_anew_after_it_was_closed(loop: Loop, wire: Wire) -> None:
    loop.close()
    loop.submit([0.0], wire.results.put)
    assert wire.results.get(timeout=30) == "sent 0.0"


def test_a_loop_that_something_holds_up_counts_as_stuck(
    loop: Loop, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not loop.is_stuck, "it has not begun"
    monkeypatch.setattr(send_loop, "NOTE_EVERY_S", 0.01)
    loop.submit([0.0], wire.results.put)
    wire.results.get(timeout=30)
    assert not loop.is_stuck
    monkeypatch.setattr(send_loop, "STUCK_S", -1.0)
    assert loop.is_stuck


def test_nothing_to_send_starts_nothing(loop: Loop, wire: Wire) -> None:
    before = threading.active_count()
    loop.submit([], wire.results.put)
    assert threading.active_count() == before
