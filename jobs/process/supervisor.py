"""Runs the parts of a worker, each in a process of its own, and starts a part again that died.

One Python interpreter runs one thread at a time: a report that is computed, or rows that are pruned, would
hold up each statement of the part that delivers.
"""

from __future__ import annotations

import gc
import mmap
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Final

import structlog

from jobs.process.kernel import end_with_parent

READY: Final = signal.SIGUSR1  # a part sends it to us
PAUSE_IS_OVER: Final = signal.SIGALRM
STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
AWAITED: Final = STOPS | {READY, PAUSE_IS_OVER, signal.SIGCHLD}
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
LIVES_AFTER_S: Final = 60.0  # after such a life the next pause is the first one again

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkerPart:
    """What runs in a process of its own: `run` calls its argument once ready, and returns at SIGTERM."""

    name: str
    run: Callable[[Callable[[], None]], None]


@dataclass(slots=True)
class _Running:
    part: WorkerPart
    pid: int | None = None
    started: float = 0.0
    pause_s: float = 0.0
    due: float = 0.0  # when it is started, if it does not run
    was_ready: bool = False  # in this life or an earlier one


class Supervisor:
    """Starts the parts one after the other, each once the one before is ready. Has no threads, as it forks.

    The kernel ends the parts with it, even if it is killed. Each is the leader of a process group, so that
    Ctrl-C reaches it once, by the supervisor.
    """

    def __init__(self, parts: Sequence[WorkerPart]) -> None:
        self._parts = [_Running(part) for part in parts]
        self._flags = mmap.mmap(-1, len(parts))  # shared: each part sets its own when it is ready
        self._ready = 0  # so many of them, the first ones, were ready once
        self._is_stopping = False
        self._exit_code = 0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, or until the first part ends before it is ready; return the exit code.

        In the process of a part this returns when the part does, and raises what it raises.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
        gc.freeze()  # what is loaded now stays in memory that the processes share
        supervisor = os.getpid()
        while not self._is_stopping or any(each.pid for each in self._parts):
            for number, each in self._to_start():
                self._flags[number] = 0
                each.pid, each.started = os.fork(), time.monotonic()
                if each.pid == 0:
                    _become(each.part, supervisor, before, partial(self._report_ready, number, supervisor))
                    return 0
            self._handle(signal.sigwait(AWAITED))
        return self._exit_code

    def _report_ready(self, number: int, supervisor: int) -> None:
        """Report, in the process of a part, that it is ready."""
        self._flags[number] = 1
        os.kill(supervisor, READY)

    def _to_start(self) -> list[tuple[int, _Running]]:
        """Return what is to be started now, with its number; an alarm rings when a pause is over."""
        if self._is_stopping:
            return []
        waiting = [at for at in enumerate(self._parts[: self._ready + 1]) if at[1].pid is None]
        pauses = [each.due - time.monotonic() for _, each in waiting]
        if later := [pause for pause in pauses if pause > 0]:
            signal.setitimer(signal.ITIMER_REAL, min(later))
        return [each for each, pause in zip(waiting, pauses, strict=True) if pause <= 0]

    def _handle(self, signum: int) -> None:
        if signum == READY:
            self._note_ready()
        elif signum in STOPS:
            self._is_stopping = True
            for each in self._parts:
                if each.pid is not None:
                    os.kill(each.pid, signal.SIGTERM)
        for each in self._parts:
            if each.pid is not None:
                pid, status = os.waitpid(each.pid, os.WNOHANG)
                if pid:
                    each.pid = None
                    self._note_end(each, os.waitstatus_to_exitcode(status))

    def _note_ready(self) -> None:
        """Note which parts are ready: of two signals that come at once, the kernel keeps one."""
        for number, each in enumerate(self._parts):
            each.was_ready |= self._flags[number] != 0
        before, self._ready = self._ready, sum(1 for _ in takewhile(lambda each: each.was_ready, self._parts))
        if before < self._ready == len(self._parts) and not self._is_stopping:
            log.info("worker.ready", parts=self._ready)

    def _note_end(self, ended: _Running, code: int) -> None:
        """Decide what follows. `code` is what the process returned, or minus the signal that killed it."""
        if self._is_stopping:
            return
        if not self._ready:
            self._is_stopping, self._exit_code = True, code if code > 0 else 1
        else:
            has_lived = time.monotonic() - ended.started > LIVES_AFTER_S
            longer = FIRST_PAUSE_S if has_lived else ended.pause_s * 2
            ended.pause_s = min(max(longer, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            ended.due = time.monotonic() + ended.pause_s
            log.error("part.ended", part=ended.part.name, exit_code=code, starts_again_in_s=ended.pause_s)


def _become(part: WorkerPart, supervisor: int, mask: Iterable[int], report_ready: Callable[[], None]) -> None:
    """Run a part in this process, which was just forked."""
    os.setpgid(0, 0)
    end_with_parent(signal.SIGKILL)
    if os.getppid() == supervisor:  # else it ended before the kernel knew
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        part.run(report_ready)
