"""Runs processes in virtual time, one thing at a time; they change places at their ports alone."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """This process has ended here. Nothing of the engine catches it."""


class Process:
    """What ends together: some tasks, and the clock they read, `skew_s` seconds ahead of the true one.

    Until `frozen_until` nothing in it runs, as when its machine is suspended.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.skew_s = 0.0
        self.is_dead = False
        self.frozen_until = 0.0

    def has_just_stood_still(self, at: float) -> bool:
        """Whether what it sends now may be what it began before it stood still."""
        return self.frozen_until > 0 and at - self.frozen_until < 10.0


class _Task(greenlet):  # type: ignore[misc]  # greenlet has no types
    """One line of work of a process. `turn` grows with each resumption, so that an old call is void."""

    def __init__(self, process: Process, work: Callable[[], object], hub: greenlet) -> None:
        super().__init__(self._run, hub)
        self.process = process
        self.turn = 0
        self._work = work

    def _run(self, *_: Any) -> None:
        try:
            if not self.process.is_dead:
                self._work()
        except Killed:
            pass


class Signal:
    """Wakes the tasks that wait for it."""

    def __init__(self) -> None:
        self.waiting: list[tuple[_Task, int]] = []
        self.is_set = False


class Scheduler:
    """Virtual time in seconds, and what happens next in it."""

    def __init__(self) -> None:
        self.at = 0.0
        self._numbers = itertools.count()
        self._queue: list[tuple[float, int, _Task, int]] = []
        self.outside = Process("the world")
        self._hub = getcurrent()

    @property
    def process(self) -> Process:
        """The process that runs now."""
        running = getcurrent()
        return running.process if isinstance(running, _Task) else self.outside

    def start(self, process: Process, work: Callable[[], object], after_s: float = 0.0) -> None:
        """Begin a line of work in a process."""
        task = _Task(process, work, self._hub)
        self._call(task, after_s)

    def pause(self, seconds: float) -> None:
        """Let the others run for so long. Raises Killed when the process has ended meanwhile."""
        self._call(self._task(), seconds)
        self._switch()

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Wait until a signal is set, or so long; return whether it was, and clear it."""
        task = self._task()
        if not signal.is_set:
            signal.waiting.append((task, task.turn))
            self._call(task, seconds)
            self._switch()
        was_set, signal.is_set = signal.is_set, False
        return was_set

    def set(self, signal: Signal) -> None:
        signal.is_set = True
        for task, turn in signal.waiting:
            if task.turn == turn:
                self._call(task, 0.0)
        signal.waiting.clear()

    def kill(self, process: Process) -> None:
        """End a process: its tasks get no further than the port where they are."""
        process.is_dead = True
        if self.process is process:
            raise Killed

    def run(self, until: float) -> None:
        """Run what is due before `until`; time is then `until`, unless nothing is left."""
        self._hub = getcurrent()
        while self._queue and self._queue[0][0] <= until:
            at, _, task, turn = heapq.heappop(self._queue)
            if task.turn == turn and not task.dead:
                if task.process.frozen_until > at:
                    self._call_at(task, task.process.frozen_until)
                    continue
                self.at = max(self.at, at)
                task.turn += 1
                task.parent = self._hub
                task.switch()
        self.at = max(self.at, until)

    def close(self) -> None:
        """End all that is left, so that no task survives its world."""
        for _, _, task, turn in self._queue:
            if task.turn == turn and not task.dead:
                task.process.is_dead = True
                task.switch()

    def _task(self) -> _Task:
        running = getcurrent()
        assert isinstance(running, _Task), "only a task can wait"
        return running

    def _call(self, task: _Task, after_s: float) -> None:
        self._call_at(task, self.at + max(after_s, 0.0))

    def _call_at(self, task: _Task, at: float) -> None:
        heapq.heappush(self._queue, (at, next(self._numbers), task, task.turn))

    def _switch(self) -> None:
        self._hub.switch()
        if self.process.is_dead:
            raise Killed
