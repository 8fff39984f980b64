"""The connection to Chat: httplib2, but a request is sent once, and ends in time.

httplib2 sends again, at once and by itself, when a connection drops before the answer. That write comes
within the second in which Google allows a space only one write, and before the retry ladder allows it.
It limits each read, not their sum.
"""

from __future__ import annotations

from http.client import HTTPResponse, RemoteDisconnected
from typing import Any

import httplib2

from jobs.to_servers.deadline import ends_within, time_left
from jobs.to_servers.sockets import is_readable, reader


class Http(httplib2.Http):  # type: ignore[misc]  # httplib2 has no types
    """For one thread only, as httplib2.Http; `timeout` is for a whole request, and no proxy is asked.

    Raises RemoteDisconnected when no response came, OSError, of which TimeoutError is one, or HTTPException.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout, proxy_info=None)

    def _conn_request(self, conn: Any, *request: Any) -> Any:
        if conn.sock is not None and is_readable(conn.sock):
            conn.close()  # it was idle for too long; nothing was sent on it, so nothing is sent twice
        conn.response_class = _TimedResponse
        with ends_within(self.timeout):
            return super()._conn_request(_Once(conn), *request)


class _TimedResponse(HTTPResponse):
    """An answer whose reads end in time."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = reader(sock)


class _Once:
    """A connection that is not opened again once a request was sent."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self._is_sent = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)

    def request(self, *request: Any) -> None:
        self._is_sent = True
        self._conn.sock.settimeout(time_left())
        self._conn.request(*request)

    def connect(self) -> None:
        if self._is_sent:
            raise RemoteDisconnected("the connection dropped before the answer")
        self._conn.timeout = time_left() / 2  # it counts for each of two: to connect, and to agree on TLS
        self._conn.connect()
