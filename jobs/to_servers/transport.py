"""The transport of httpx, whose connections end in time; it is used within `deadline.ends_within`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore
import httpx

from jobs.to_servers.deadline import time_left
from jobs.to_servers.sockets import connect, is_readable, receive, send_all
from models.security.certificates import trusted

MOST_CONNECTIONS: Final = 100
KEPT_S: Final = 5.0  # as httpx has it


class TimedTransport(httpx.HTTPTransport):
    """A pool of connections, of which it keeps `most_kept` for the next requests."""

    def __init__(self, most_kept: int) -> None:
        super().__init__(verify=trusted(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=most_kept,
            keepalive_expiry=KEPT_S,
            network_backend=_Backend(),
        )


class _Backend(httpcore.NetworkBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - of one step: `time_left` knows what all have left
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - httpcore's signature
    ) -> httpcore.NetworkStream:
        with _errors_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            return _Stream(connect(host, port))


class _Stream(httpcore.NetworkStream):
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        with _errors_as(httpcore.ReadTimeout, httpcore.ReadError):
            return receive(self._sock, max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        with _errors_as(httpcore.WriteTimeout, httpcore.WriteError):
            send_all(self._sock, buffer)

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        with _errors_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                self._sock.settimeout(time_left())
                return _Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
            except BaseException:
                self.close()
                raise

    def get_extra_info(self, info: str) -> Any:
        """Return whether the server has closed the connection, where that is asked; nothing else is known."""
        return is_readable(self._sock) if info == "is_readable" else None


@contextmanager
def _errors_as(slow: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Raise what sockets raise as httpcore's errors, which httpx knows."""
    try:
        yield
    except TimeoutError as error:
        raise slow(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
