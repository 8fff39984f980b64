"""The connection to Chat: httplib2, but a request is sent once.

httplib2 sends again, at once and by itself, when a connection drops before the answer. That write comes
within the second in which Google allows a space only one write, and before the retry ladder allows it.
"""

from __future__ import annotations

import select
from http.client import RemoteDisconnected
from typing import Any

import httplib2


class Http(httplib2.Http):  # type: ignore[misc]  # httplib2 has no types
    """For one thread only, as httplib2.Http. Raises RemoteDisconnected when no response came."""

    def _conn_request(self, conn: Any, *request: Any) -> Any:
        if conn.sock is not None and _is_closed(conn.sock):
            conn.close()  # it was idle for too long; nothing was sent on it, so nothing is sent twice
        return super()._conn_request(_Once(conn), *request)


class _Once:
    """A connection that is not opened again once a request was sent."""

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


def _is_closed(sock: Any) -> bool:
    """Whether the other side closed an idle socket: only then can it be readable."""
    idle = select.poll()
    idle.register(sock, select.POLLIN)
    return bool(idle.poll(0))
