"""The connection to Chat: httplib2, but a request is sent once.

httplib2 sends again, at once and by itself, when a connection drops before the answer. That write comes
within the second that Google allows a space only one in, and before the time of the retry ladder.
"""

from __future__ import annotations

import select
from http.client import RemoteDisconnected
from typing import Any

import httplib2


class Http(httplib2.Http):  # type: ignore[misc]  # httplib2 has no types
    """Not for several threads, as httplib2.Http. Raises RemoteDisconnected when no answer came."""

    def _conn_request(self, conn: Any, *request: Any) -> Any:
        if conn.sock is not None and _has_ended(conn.sock):
            conn.close()  # idle for too long: nothing was sent on it, so a new connection doubles nothing
        return super()._conn_request(_Once(conn), *request)


class _Once:
    """A connection that is not opened again once a request is on its way."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self._is_sent = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)

    def request(self, *request: Any) -> None:
        self._is_sent = True
        self._conn.request(*request)

    def connect(self) -> None:
        if self._is_sent:
            raise RemoteDisconnected("the connection dropped before the answer")
        self._conn.connect()


def _has_ended(sock: Any) -> bool:
    """Tell whether an idle socket has something to read: no more than its end can come unasked."""
    idle = select.poll()
    idle.register(sock, select.POLLIN)
    return bool(idle.poll(0))
