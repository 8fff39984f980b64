"""Counts failures of unauthenticated clients by address, to slow down guessing."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Final

PER_MINUTE: Final = 120
MOST_ADDRESSES: Final = 10_000


class FailureCounter:
    """A count per address and window of time; authenticated requests are never counted."""

    def __init__(self, most: int = PER_MINUTE, window_s: int = 60) -> None:
        self._most = most
        self.window_s = window_s
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def is_too_many(self, address: str) -> bool:
        """Count one more failure of an address and return whether that is too many."""
        with self._lock:
            self._turn()
            self._counts[address] = self._counts.get(address, 0) + 1
            return self._counts[address] > self._most

    def is_shut_out(self, address: str) -> bool:
        """Return whether an address has reached its limit of failures; counts nothing."""
        with self._lock:
            self._turn()
            return self._counts.get(address, 0) >= self._most

    def _turn(self) -> None:
        window = int(time.monotonic() // self.window_s)
        if window != self._window or len(self._counts) > MOST_ADDRESSES:
            self._window, self._counts = window, {}


def address_of(environ: Mapping[str, Any], hops: int) -> str:
    """Return the client's address: behind `hops` proxies of ours, what the outermost recorded, else the peer.

    Entries further left in X-Forwarded-For can be forged (werkzeug's ProxyFix reads it the same way).
    """
    forwarded = [each.strip() for each in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    peer: str = environ.get("REMOTE_ADDR", "")
    return forwarded[-hops] if 0 < hops <= len(forwarded) else peer
