"""Counts wrong credentials by address, so that guessing gets slow."""

from __future__ import annotations

import threading
import time
from typing import Final

PER_MINUTE: Final = 120
MOST_ADDRESSES: Final = 10_000


class Strangers:
    """A count per address and minute; authenticated requests are never counted."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def is_too_many(self, address: str) -> bool:
        """Count one more wrong request of an address and tell whether that is too many."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute or len(self._counts) > MOST_ADDRESSES:
                self._minute, self._counts = minute, {}
            self._counts[address] = self._counts.get(address, 0) + 1
            return self._counts[address] > self._per_minute
