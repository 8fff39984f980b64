"""The threads that send: in order, more of them only while messages wait, none after the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import SendResult
from jobs.to_chat import senders as senders_module
from jobs.to_chat.senders import FIRST, Senders


class Wire:
    """A slow other side: what was sent, by which threads, and a gate that holds all of it."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.told: list[Any] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()

    def send(self, message: OutgoingMessage) -> SendResult:
        self.threads.add(threading.get_ident())
        self.sent.append(message)
        self.gate.wait(60)
        return cast("SendResult", f"result of {message}")

    def tell(self, result: SendResult) -> None:
        self.told.append(result)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def messages(*names: object) -> list[OutgoingMessage]:
    return [cast("OutgoingMessage", name) for name in names]


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)
    return condition()


def test_messages_are_sent_in_order_and_each_result_is_handed_over(wire: Wire) -> None:
    wire.gate.set()
    pool = Senders(wire.send, wire.tell, most=1)

    pool.submit(messages("a", "b"))
    pool.submit(messages("c"))

    assert until(lambda: len(wire.told) == 3)
    assert wire.sent == ["a", "b", "c"]
    assert wire.told == ["result of a", "result of b", "result of c"]


def test_it_starts_with_a_few_and_never_has_more_than_it_may(wire: Wire) -> None:
    few, most = Senders(wire.send, wire.tell, most=48), Senders(wire.send, wire.tell, most=2)

    few.submit(messages(*range(40)))
    assert until(lambda: len(wire.threads) == FIRST)
    most.submit(messages(*range(40)))
    assert until(lambda: len(wire.threads) == FIRST + 2)

    time.sleep(0.02)
    assert (few._threads, most._threads) == (FIRST, 2)
    assert len(few.stop()) == 40 - FIRST
    assert len(most.stop()) == 38
    wire.gate.set()


def test_it_grows_by_half_only_while_the_oldest_waits_too_long(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Senders(wire.send, wire.tell, most=9)
    pool.submit(messages(*range(20)))
    assert until(lambda: len(wire.sent) == FIRST)

    monkeypatch.setattr(senders_module, "PATIENCE_S", 60.0)
    pool.grow()
    assert pool._threads == FIRST
    monkeypatch.setattr(senders_module, "PATIENCE_S", 0.0)
    grown = []
    for _ in range(3):
        pool.grow()
        grown.append(pool._threads)

    assert grown == [4, 7, 9]
    pool.stop()
    wire.gate.set()


def test_nothing_waiting_starts_no_thread(wire: Wire) -> None:
    pool = Senders(wire.send, wire.tell, most=9)
    pool.submit([])
    pool.grow()
    assert pool._threads == 0


def test_stopping_returns_what_was_not_begun_and_lets_the_rest_end(wire: Wire) -> None:
    pool = Senders(wire.send, wire.tell, most=2)
    pool.submit(messages("a", "b", "c", "d"))
    assert until(lambda: len(wire.sent) == 2)

    assert pool.stop() == messages("c", "d")
    assert pool.stop() == []
    wire.gate.set()

    assert until(lambda: pool._threads == 0)
    assert sorted(wire.told) == ["result of a", "result of b"]
    assert sorted(wire.sent) == ["a", "b"]


def test_idle_threads_end_and_new_ones_come_with_the_next_message(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders_module, "IDLE_S", 0.02)
    wire.gate.set()
    pool = Senders(wire.send, wire.tell, most=3)
    pool.submit(messages("a"))
    assert until(lambda: pool._threads == 0)

    pool.submit(messages("b"))

    assert until(lambda: wire.told == ["result of a", "result of b"])
