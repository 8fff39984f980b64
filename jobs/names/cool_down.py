"""What not to ask again yet: keys on hold, where wanted longer each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

LONGEST_S: Final = 3600.0
MOST_KEYS: Final = 50_000


class CoolDown:
    """Keys on hold until a moment of a monotonic clock, shared by threads; too many are all forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[Hashable, tuple[float, float]] = {}

    def hold(self, key: Hashable, seconds: float, *, grows: bool = False) -> None:
        """Hold a key. If it grows, one held before and not freed is held twice as long, up to an hour."""
        with self._lock:
            if len(self._held) >= MOST_KEYS:
                self._held.clear()
            _, before = self._held.get(key, (0.0, 0.0))
            length = max(seconds, min(2 * before, LONGEST_S)) if grows else seconds
            self._held[key] = (self._clock() + length, length)

    def free(self, key: Hashable) -> None:
        """Forget a key that was answered, and how long it was held."""
        with self._lock:
            self._held.pop(key, None)

    def is_held(self, key: Hashable) -> bool:
        return self._held.get(key, (float("-inf"), 0.0))[0] > self._clock()
