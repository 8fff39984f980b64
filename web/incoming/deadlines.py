"""Ends waits that last too long, with one timer for all of them: one for each made webhooks slower."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import Final, Protocol

CHECK_EVERY_S: Final = 0.1


class Wait(Protocol):
    """Something that waits in the event loop."""

    def end(self) -> None:
        """Called once it has waited too long."""


class Deadlines:
    """The waits of one kind, each of which may last `within_s`; used in one event loop."""

    def __init__(self, within_s: float) -> None:
        self.within_s = within_s
        self._due: dict[Wait, float] = {}  # the oldest first
        self._is_ticking = False

    def add(self, wait: Wait) -> None:
        """End this wait in time, unless it is removed before."""
        loop = asyncio.get_running_loop()
        self._due[wait] = loop.time() + self.within_s
        if not self._is_ticking:
            self._is_ticking = True
            loop.call_later(CHECK_EVERY_S, self._tick, loop)

    def remove(self, wait: Wait) -> None:
        self._due.pop(wait, None)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        at = loop.time()
        for wait in list(takewhile(lambda each: self._due[each] <= at, self._due)):
            del self._due[wait]
            wait.end()
        self._is_ticking = bool(self._due)
        if self._is_ticking:
            loop.call_later(CHECK_EVERY_S, self._tick, loop)
