"""Sockets whose steps end in time; each of these is called within `deadline.ends_within`."""

from __future__ import annotations

import select
import socket
from io import BufferedReader, RawIOBase
from typing import Any

from jobs.to_servers.deadline import time_left


def connect(host: str, port: int) -> socket.socket:
    """Connect to a host. Raises OSError, of which TimeoutError is one.

    Each of its addresses but the last gets half of the time that is left, so that a silent one leaves some
    for the next.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as wrong:  # of a label that is empty or too long
        raise OSError("that is no name of a host") from wrong
    error: OSError | None = None
    for number, (family, kind, protocol, _, address) in enumerate(found, 1):
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as unknown:  # the kernel has no such family
            error = error or unknown
            continue
        try:
            made.settimeout(time_left() if number == len(found) else time_left() / 2)
            made.connect(address)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(time_left())  # for the handshake of TLS, whose steps Python counts as one
        except OSError as failed:
            made.close()
            error = failed
        else:
            return made
    raise error or OSError("the name has no address")


def send_all(sock: socket.socket, data: bytes) -> None:
    """Send all of it. Raises OSError, of which TimeoutError is one."""
    rest = memoryview(data)
    while rest:
        sock.settimeout(time_left())
        rest = rest[sock.send(rest) :]


def receive(sock: socket.socket, most_bytes: int) -> bytes:
    """Return what has come, after a wait if need be; nothing at the end. Raises as `send_all`."""
    sock.settimeout(time_left())
    return sock.recv(most_bytes)


def reader(sock: socket.socket) -> BufferedReader:
    """Return what `sock.makefile("rb")` does, but its reads raise TimeoutError once the time is over."""
    return BufferedReader(_Reads(sock))


def is_readable(sock: Any) -> bool:
    """Return whether there is something to read: on an idle connection, that it was closed."""
    if sock.fileno() < 0:
        return True
    idle = select.poll()
    idle.register(sock, select.POLLIN)
    return bool(idle.poll(0))


class _Reads(RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(time_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
