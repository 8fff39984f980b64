"""The clock: the time of day as aware UTC, time that only grows, and sleep.

The engine asks no other one, so that a simulation can run it in virtual time (`tests/simulation`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class TimeSource(Protocol):
    """A source of time. `monotonic` counts seconds from any beginning, `sleep` waits for so many."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


source: TimeSource = SystemClock()


def now() -> datetime:
    return source.now()


def monotonic() -> float:
    """Return seconds that only grow, from any beginning."""
    return source.monotonic()


def sleep(seconds: float) -> None:
    source.sleep(seconds)
