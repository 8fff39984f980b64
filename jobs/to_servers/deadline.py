"""Until when a thread waits for another server.

Sockets and the libraries above them limit each step, not the sum of all: a server that sends a byte now and
then holds up for as long as it likes whoever waits for it. What waits asks `time_left` before each step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# When all is over (by the monotonic clock), and how long a single step may take.
_limits: ContextVar[tuple[float, float]] = ContextVar("limits")
_NONE = (math.inf, math.inf)


@contextmanager
def ends_within(seconds: float, each_s: float = math.inf) -> Iterator[None]:
    """Give what this thread does inside so many seconds in sum, and `each_s` for a single step.

    Inside of another one, what is less holds.
    """
    until, step_s = _limits.get(_NONE)
    before = _limits.set((min(until, time.monotonic() + seconds), min(step_s, each_s)))
    try:
        yield
    finally:
        _limits.reset(before)


def time_left() -> float:
    """Return how many seconds the next step may take.

    Raises TimeoutError once the time is over, LookupError outside of `ends_within`.
    """
    until, step_s = _limits.get()
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for this server is over")
    return min(left, step_s)
