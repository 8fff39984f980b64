"""Waits a little for what a worker makes of a request, so that the answer can say it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

MOST_S: Final = 5.0  # Chat and Pipedrive usually answer within one
_LOOK_S: Final = 0.05
# Of the eight threads that answer: whoever asks beyond that is answered at once, with what is known so far.
_MOST_WAITING: Final = 2

_waiting = threading.BoundedSemaphore(_MOST_WAITING)

T = TypeVar("T")


def wait_for(look: Callable[[], T], is_over: Callable[[T], bool]) -> T:
    """Look again and again until it is over, for at most `MOST_S`; return what was seen last."""
    may_wait = _waiting.acquire(blocking=False)
    until = time.monotonic() + (MOST_S if may_wait else 0)
    try:
        while True:
            seen = look()
            if is_over(seen) or time.monotonic() >= until:
                return seen
            time.sleep(_LOOK_S)
    finally:
        if may_wait:
            _waiting.release()
