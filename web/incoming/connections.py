"""Ends connections whose client neither sends nor reads: the server has a deadline for started headers alone.

Each of them takes one of the connections that the server allows, and what it does not read stays in memory.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import termios
import threading
from contextlib import suppress
from typing import Final

import structlog

CHECK_EVERY_S: Final = 2.0
IDLE_S: Final = (
    75.0  # longer than any request takes; proxies keep connections to us for 60 s or open new ones
)
UNREAD_S: Final = 10.0
# Of Linux' struct tcp_info (include/uapi/linux/tcp.h): the state, and milliseconds since data came last.
TCP_INFO_SIZE: Final = 104
STATE_AT, LAST_DATA_SENT_AT, LAST_DATA_RECEIVED_AT = 0, 44, 52
ESTABLISHED: Final = 1

log = structlog.get_logger()


class ConnectionSweeper(threading.Thread):
    """Looks at all connections to `port` of this process every two seconds; without Linux it does nothing."""

    def __init__(self, port: int, idle_s: float = IDLE_S, unread_s: float = UNREAD_S) -> None:
        super().__init__(name="connections", daemon=True)
        self._port, self._idle_s, self._unread_s = port, idle_s, unread_s
        self._unread: dict[int, tuple[str, int, float]] = {}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(CHECK_EVERY_S):
            ...
