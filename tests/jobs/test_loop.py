"""A polling loop: step after step while there is work, a pause when there is none, whatever goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from jobs.loop import PollingLoop, stop_all
from models.errors import DatabaseUnavailable
from tests.stack import wait_until


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], bool]], PollingLoop]]:
    monkeypatch.setattr("jobs.loop.REST_S", 0.01)
    begun: list[PollingLoop] = []

    def going(step: Callable[[], bool]) -> PollingLoop:
        begun.append(PollingLoop("test", step))
        begun[-1].start()
        return begun[-1]

    yield going
    for each in begun:
        each.stop()


def test_it_goes_on_after_work_and_after_rest(go: Callable[[Callable[[], bool]], PollingLoop]) -> None:
    answers = iter([True, True, False, True, False])
    said: list[bool] = []

    def step() -> bool:
        said.append(next(answers, False))
        return said[-1]

    go(step)
    wait_until(lambda: len(said) > 5, 10)
    assert said[:5] == [True, True, False, True, False]


@pytest.mark.parametrize("trouble", [DatabaseUnavailable("away"), RuntimeError("a bug")], ids=["away", "bug"])
def test_no_error_ends_it(go: Callable[[Callable[[], bool]], PollingLoop], trouble: Exception) -> None:
    steps: list[int] = []

    def step() -> bool:
        steps.append(1)
        raise trouble

    loops = go(step)
    wait_until(lambda: len(steps) > 2, 10)
    assert loops.is_alive()


def test_it_begins_nothing_after_it_was_stopped(go: Callable[[Callable[[], bool]], PollingLoop]) -> None:
    begun, may_end = threading.Event(), threading.Event()
    steps: list[int] = []

    def step() -> bool:
        steps.append(1)
        begun.set()
        return may_end.wait(10)

    loops = go(step)
    assert begun.wait(10)
    stopping = threading.Thread(target=loops.stop)
    stopping.start()
    wait_until(loops._stopped.is_set, 10)
    may_end.set()
    stopping.join()
    loops.join()
    assert steps == [1]


def test_loops_that_are_busy_are_waited_for_together(
    go: Callable[[Callable[[], bool]], PollingLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.loop.END_WITHIN_S", 0.5)
    may_end, begun = threading.Event(), threading.Semaphore(0)

    def step() -> bool:
        begun.release()
        return may_end.wait(60)

    loops = [go(step) for _ in range(100)]  # one after the other would take 50 s
    for _ in loops:
        assert begun.acquire(timeout=30)

    started = time.monotonic()
    stop_all(loops)
    assert time.monotonic() - started < 25
    may_end.set()
    for each in loops:
        each.join(30)
        assert not each.is_alive()


def test_a_step_that_takes_long_is_interrupted_by_the_stop() -> None:
    interrupted = threading.Event()
    begun = PollingLoop("test", lambda: interrupted.wait(30.0), 30.0, interrupted.set)
    begun.start()
    begun.stop()
    assert not begun.is_alive()
