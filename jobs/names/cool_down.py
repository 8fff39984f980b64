"""What not to ask Pipedrive again yet: keys that cool down, where useful longer each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

LONGEST_S: Final = 3600.0
MOST_KEYS: Final = 50_000


class CoolDown:
    """Keys that cool down until a time of a monotonic clock, shared by threads; too many are all dropped."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[Hashable, tuple[float, float]] = {}

    def start(self, key: Hashable, seconds: float, *, grows: bool = False) -> None:
        """Let a key cool down. If it grows, one that did before and was not reset takes twice as long.

        It grows up to an hour.
        """
        with self._lock:
            if len(self._until) >= MOST_KEYS:
                self._until.clear()
            _, before = self._until.get(key, (0.0, 0.0))
            length = max(seconds, min(2 * before, LONGEST_S)) if grows else seconds
            self._until[key] = (self._clock() + length, length)

    def reset(self, key: Hashable) -> None:
        """Drop a key that was answered, and how long it cooled down before."""
        with self._lock:
            self._until.pop(key, None)

    def is_active(self, key: Hashable) -> bool:
        return self._until.get(key, (float("-inf"), 0.0))[0] > self._clock()
