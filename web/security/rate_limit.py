"""Counts failures of unauthenticated clients by address, to slow down guessing."""

from __future__ import annotations

import ipaddress
import threading
import time
from typing import Final

PER_MINUTE: Final = 120
MOST_ADDRESSES: Final = 10_000
LONGEST_ADDRESS: Final = 64
HOST_BITS: Final = 64  # of an IPv6 network of one customer


class FailureCounter:
    """A count per network and window of time; authenticated requests are never counted.

    A network is an IPv4 address, or the /64 that a provider gives to one IPv6 customer. What is no address
    at all shares one count, so that no text of a stranger is ever kept.
    """

    def __init__(self, most: int = PER_MINUTE, window_s: int = 60) -> None:
        self._most = most
        self.window_s = window_s
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def is_too_many(self, address: str) -> bool:
        """Count one more failure of an address and return whether that is too many."""
        network = network_of(address)
        with self._lock:
            self._turn()
            self._counts[network] = self._counts.get(network, 0) + 1
            return self._counts[network] > self._most

    def is_shut_out(self, address: str) -> bool:
        """Return whether an address has reached its limit of failures; counts nothing."""
        network = network_of(address)
        with self._lock:
            self._turn()
            return self._counts.get(network, 0) >= self._most

    def _turn(self) -> None:
        window = int(time.monotonic() // self.window_s)
        if window != self._window or len(self._counts) > MOST_ADDRESSES:
            self._window, self._counts = window, {}


def network_of(address: str) -> str:
    """Return the network that failures of an address are counted for; empty for what is no address."""
    if len(address) > LONGEST_ADDRESS:
        return ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> HOST_BITS << HOST_BITS, 128 - HOST_BITS)))


def address_of(forwarded_for: str, peer: str, hops: int) -> str:
    """Return the client's address: behind `hops` proxies of ours, what the outermost recorded, else the peer.

    Entries further left in X-Forwarded-For can be forged (werkzeug's ProxyFix reads it the same way).
    """
    if not hops:
        return peer
    forwarded = [each.strip() for each in forwarded_for.split(",") if each.strip()]
    return forwarded[-hops] if hops <= len(forwarded) else peer
