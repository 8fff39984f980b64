"""The connections of this process: how many there may be, and the end of those that hold a place for nothing.

The server itself has a deadline for headers once they begin, but none for a client that sends nothing at all,
or that does not read its answer.
"""

from __future__ import annotations

import fcntl
import os
import resource
import socket
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import structlog

MOST_CONNECTIONS: Final = 8192
SPARE_FILES: Final = 256  # descriptors for the databases, logs, and calls of our own
CHECK_EVERY_S: Final = 2.0
UNREAD_S: Final = 10.0
IDLE_S: Final = 20.0
# Of Linux' struct tcp_info (include/uapi/linux/tcp.h): milliseconds since data were last sent and received.
TCP_INFO_SIZE: Final = 104
SENT_AT, RECEIVED_AT = 44, 52
FILES: Final = Path("/proc/self/fd")

log = structlog.get_logger()


def allow_connections() -> int:
    """Raise the limit of open files as far as the system lets us; return how many connections that allows.

    A connection is an open file: at the usual limit of 1,024, half-sent requests kept webhooks out.
    """
    wanted = MOST_CONNECTIONS + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft - SPARE_FILES)


class _State(NamedTuple):
    """What the kernel knows of a connection; times in seconds."""

    unread_bytes: int
    since_sent: float
    since_received: float


class ConnectionSweeper(threading.Thread):
    """Ends connections to `port` whose client does not read; idle ones, too, once half the places are taken.

    Not earlier: proxies keep idle connections, and one that is ended at the wrong moment costs a request.
    Where there is no /proc (no Linux), it does nothing.
    """

    def __init__(
        self, port: int, *, most: int | None = None, unread_s: float = UNREAD_S, idle_s: float = IDLE_S
    ) -> None:
        super().__init__(name="connections", daemon=True)
        self._port, self._unread_s, self._idle_s = port, unread_s, idle_s
        self._most = allow_connections() if most is None else most
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(CHECK_EVERY_S):
            try:
                self.sweep()
            except Exception:
                log.exception("connections.unexpected")

    def stop(self) -> None:
        self._over.set()

    def sweep(self) -> int:
        """Look at every connection once; return how many were ended."""
        ours = list(_connections(self._port))
        try:
            is_crowded = len(ours) * 2 > self._most
            useless = [each for each in ours if self._is_useless(each, is_crowded=is_crowded)]
            for connection in useless:
                _end(connection)
        finally:
            for connection in ours:
                connection.close()
        if useless:
            log.warning("connections.ended", count=len(useless), of=len(ours))
        return len(useless)

    def _is_useless(self, connection: socket.socket, *, is_crowded: bool) -> bool:
        try:
            state = _state(connection)
        except OSError:  # it ended meanwhile
            return False
        if state.unread_bytes:
            return state.since_sent >= self._unread_s
        return is_crowded and min(state.since_sent, state.since_received) >= self._idle_s


def _connections(port: int) -> Iterator[socket.socket]:
    """Return duplicates of the sockets that clients are connected to; the caller closes them.

    A duplicate is the same connection even if its number is used anew meanwhile.
    """
    seen: set[str] = set()
    for file in sorted(FILES.iterdir()) if FILES.is_dir() else []:
        with suppress(OSError):
            target = str(file.readlink())  # such as socket:[12345], the same for every duplicate
            if not target.startswith("socket:") or target in seen:
                continue
            seen.add(target)
            connection = socket.socket(fileno=os.dup(int(file.name)))
            if _is_of(connection, port):
                yield connection
            else:
                connection.close()


def _is_of(connection: socket.socket, port: int) -> bool:
    if connection.family not in {socket.AF_INET, socket.AF_INET6} or connection.type != socket.SOCK_STREAM:
        return False
    try:
        connection.getpeername()  # a listening socket has none
        return bool(connection.getsockname()[1] == port)
    except OSError:
        return False


def _state(connection: socket.socket) -> _State:
    (unread,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
    sent, received = (struct.unpack_from("I", info, at)[0] / 1000 for at in (SENT_AT, RECEIVED_AT))
    return _State(unread, sent, received)


def _end(connection: socket.socket) -> None:
    """End a connection at once; what its client did not read is thrown away."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
