"""The threads that speak with Chat: as many as its answers need, no more than the GIL likes.

An instant Chat is served best by a few threads; one that takes 100 ms wants dozens. So a thread is added
only while messages wait for one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from jobs.deliveries.results import ClaimedMessage, Result

FIRST: Final = 2
PATIENCE_S: Final = 0.05
IDLE_S: Final = 10.0


class Senders:
    """A pool that grows while its queue waits. `told` gets each result, in the thread that made it."""

    def __init__(
        self, send: Callable[[ClaimedMessage], Result], told: Callable[[Result], None], most: int
    ) -> None:
        self._send = send
        self._told = told
        self._most = most
        self._waiting: deque[tuple[float, ClaimedMessage]] = deque()
        self._some = threading.Condition()
        self._threads = 0
        self._is_over = False

    def submit(self, loads: list[ClaimedMessage]) -> None:
        """Queue messages; each is sent in the order it came, by the next free thread."""
        at = time.monotonic()
        with self._some:
            self._waiting.extend((at, load) for load in loads)
            self._some.notify(len(loads))
        self.grow()

    def grow(self) -> None:
        """Add threads while the oldest message waits too long: half as many again each time."""
        with self._some:
            if not self._waiting:
                return
            waits_long = time.monotonic() - self._waiting[0][0] > PATIENCE_S
            wanted = self._threads + self._threads // 2 + 1 if waits_long else FIRST
            for _ in range(min(wanted, self._most) - self._threads):
                self._threads += 1
                threading.Thread(target=self._work, name="send", daemon=True).start()

    @property
    def is_behind(self) -> bool:
        """Tell whether a message waits for a thread."""
        return bool(self._waiting)

    def stop(self) -> list[ClaimedMessage]:
        """Let no further message start; return those that did not."""
        with self._some:
            self._is_over = True
            unsent = [load for _, load in self._waiting]
            self._waiting.clear()
            self._some.notify_all()
        return unsent

    def _work(self) -> None:
        while (load := self._next()) is not None:
            self._told(self._send(load))

    def _next(self) -> ClaimedMessage | None:
        with self._some:
            while not self._waiting:
                if self._is_over or not self._some.wait(IDLE_S):
                    self._threads -= 1
                    return None
            return self._waiting.popleft()[1]
