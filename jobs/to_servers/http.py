"""HTTP requests that are limited in time, from their beginning to their end, and in size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import httpx

from jobs.to_servers.deadline import ends_within
from jobs.to_servers.transport import TimedTransport

MOST_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class ServerReply:
    """What a server answered. `body` is empty unless it was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ReplyTooLong(httpx.ReadError):
    """Raised when the body of an answer is longer than it may be."""

    def __init__(self, status: int) -> None:
        super().__init__("it is too long")
        self.status = status


class HttpClient:
    """Makes requests, for all threads; connections stay open for the next ones if it `keeps_connections`.

    No redirect is followed, no proxy is asked. A `transport` takes the place of the connections.
    """

    def __init__(
        self,
        *,
        keeps_connections: bool = True,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            headers=headers,
            transport=transport or TimedTransport(MOST_KEPT if keeps_connections else 0),
        )
        self.build_request = self._client.build_request

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def send(self, request: httpx.Request, within_s: float, most_bytes: int = 0) -> ServerReply:
        """Make a request; the body of its answer is read only with `most_bytes`.

        Raises httpx.HTTPError without a whole answer: httpx.TimeoutException if all of it takes longer than
        `within_s` seconds, ReplyTooLong for a longer body. Only the look-up of a name may take longer: the
        system's resolver limits it.
        """
        request.extensions["timeout"] = httpx.Timeout(within_s).as_dict()  # for the wait for a connection
        with ends_within(within_s):
            reply = self._client.send(request, stream=True)
            try:
                body = _read(reply, most_bytes) if most_bytes else b""
            finally:
                reply.close()
        return ServerReply(reply.status_code, reply.headers, body)


def _read(reply: httpx.Response, most_bytes: int) -> bytes:
    parts, size = [], 0
    for part in reply.iter_bytes():
        size += len(part)
        if size > most_bytes:
            raise ReplyTooLong(reply.status_code)
        parts.append(part)
    return b"".join(parts)
