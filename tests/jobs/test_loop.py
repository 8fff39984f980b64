"""A polling loop: step after step while there is work, a pause when there is none, whatever goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from jobs.loop import PollingLoop
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
