"""Threads of a worker that poll: one step after the other while there is work, then a short pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from models.errors import DatabaseUnavailable

REST_S: Final = 1.0
END_WITHIN_S: Final = 2.0

log = structlog.get_logger()


class PollingLoop(threading.Thread):
    """Calls `step` again and again, `rest_s` later if it returns that there was nothing to do.

    For work that calls other servers or takes long, for which the sweeper must never wait. `interrupt` makes
    a step that takes longer than the end of a process may end early.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        rest_s: float = REST_S,
        interrupt: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._step = step
        self._rest_s = rest_s
        self._interrupt = interrupt
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            if not self._has_worked():
                self._stopped.wait(self._rest_s)

    def stop(self) -> None:
        """Start no further step; a running one may go on for a moment, and ends with the process."""
        stop_all([self])

    def request_stop(self) -> None:
        self._stopped.set()
        self._interrupt()

    def _has_worked(self) -> bool:
        try:
            return self._step()
        except DatabaseUnavailable as away:
            log.warning("loop.database_away", loop=self.name, why=str(away))
        except Exception:
            log.exception("loop.unexpected", loop=self.name)
        return False


def stop_all(loops: Sequence[PollingLoop]) -> None:
    """Stop loops, and wait for all together as long as for one."""
    for each in loops:
        each.request_stop()
    until = time.monotonic() + END_WITHIN_S
    for each in loops:
        each.join(max(0.0, until - time.monotonic()))
