"""A request as the server hands it over: its head is there, its body is still at the client."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Iterator
from typing import Any, Final, NamedTuple, Protocol

import orjson

from models.clock import now
from web.incoming.deadlines import Deadlines
from web.security.headers import PLAIN

BODY_WITHIN_S: Final = 5.0
SMALL: Final = 16 * 1024  # the server buffers as much of any connection by itself


class FullResponse(NamedTuple):
    """A whole response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class StreamedResponse(NamedTuple):
    """A response whose body comes in pieces, each made when the client has taken the one before."""

    status: int
    headers: list[tuple[str, str]]
    pieces: Iterator[bytes]
    close: Callable[[], object]


class FollowedResponse(NamedTuple):
    """A response whose body comes piece by piece, as things happen, until the client goes; then `close`."""

    status: int
    headers: list[tuple[str, str]]
    pieces: AsyncGenerator[bytes, None]
    close: Callable[[], object]


class BodyTooLarge(Exception):
    """Raised as soon as a body is known to be longer than it may be."""


class BodyTooLate(Exception):
    """Raised when a body is not complete in time."""


class TargetTooLong(Exception):
    """Raised for a path and query that are longer than they may be."""


class TooBusy(Exception):
    """Raised when there is no room for another request of this kind."""


class Headers(Protocol):
    """The headers of a request; their names are in lower case."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def items(self) -> list[tuple[str, str]]: ...


class RequestScope(Protocol):
    """The head of a request (RSGI: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md)."""

    method: str
    path: str
    query_string: str
    client: str
    server: str
    scheme: str
    http_version: str

    @property
    def headers(self) -> Headers: ...


class Stream(Protocol):
    """Where the pieces of an answer go to (RSGI's transport)."""

    async def send_bytes(self, data: bytes) -> object: ...


class Channel(Protocol):
    """Where the body comes from and the answer goes to (RSGI's protocol object)."""

    async def __call__(self) -> bytes: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream: ...


class Room:
    """How many bytes of bodies may be in memory at once, from their first byte until their answer.

    No owner (a tenant, an address) has more than its `share`, so that one of them never keeps the others out.
    `deadlines` ends the wait for bodies that do not come in time.
    """

    def __init__(self, most: int, share: int, within_s: float = BODY_WITHIN_S) -> None:
        self._free, self._share = most, share
        self._held: dict[Hashable, int] = {}
        self.deadlines = Deadlines(within_s)

    def take(self, owner: Hashable, size: int) -> None:
        """Raises TooBusy if that many bytes are not free for this owner."""
        held = self._held.get(owner, 0) + size
        if size > self._free or held > self._share:
            raise TooBusy
        self._free -= size
        self._held[owner] = held

    def give_back(self, owner: Hashable, size: int) -> None:
        self._free += size
        self._held[owner] -= size
        if not self._held[owner]:
            del self._held[owner]


class _WaitsForBody:
    """A task that waits for a body."""

    __slots__ = ("is_late", "task")

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        self.task, self.is_late = task, False

    def end(self) -> None:
        self.is_late = True
        if self.task is not None:
            self.task.cancel()


class IncomingRequest:
    """One request. Only `body` waits for the client."""

    __slots__ = ("_channel", "_headers", "_held", "_owner", "_room", "method", "path", "scope")

    def __init__(self, scope: RequestScope, channel: Channel) -> None:
        self.scope, self._channel = scope, channel
        self.method, self.path = scope.method, scope.path
        self._headers = scope.headers
        self._room: Room | None = None
        self._owner: Hashable = None
        self._held = 0

    def header(self, name: str) -> str:
        """Return the first header of this name (in lower case); empty if there is none."""
        found: str = self._headers.get(name) or ""
        return found

    def joined(self, name: str) -> str:
        """Return all headers of this name, joined by commas: a client may send one before our proxy's own."""
        return ",".join(value for each, value in self._headers.items() if each == name)

    @property
    def peer(self) -> str:
        """The address at the other end of the connection."""
        return self.scope.client.rpartition(":")[0].strip("[]")

    @property
    def declared_length(self) -> int | None:
        """Return the declared length of the body; None if the client declares none that is a number."""
        written = self.header("content-length")
        is_number = written.isascii() and written.isdecimal() and len(written) <= 18
        return int(written) if is_number else None

    async def body(self, most: int, room: Room, owner: Hashable) -> bytes:
        """Return the body, waiting for it in the event loop, in no thread.

        It takes room of its owner, as it comes, until `end`; a small one takes none, since the server buffers
        as much for every connection. A body that ended early is shorter than `declared_length`.
        Raises BodyTooLarge, BodyTooLate and TooBusy.
        """
        declared = self.declared_length
        if declared is not None and declared > most:
            raise BodyTooLarge
        if not declared and not (self.header("content-length") or self.header("transfer-encoding")):
            return b""  # HTTP/1.1 has no body without one of them (RFC 9112 6.3)
        self._room, self._owner = room, owner
        waiting = _WaitsForBody(asyncio.current_task())
        room.deadlines.add(waiting)
        try:
            if declared is not None and declared <= SMALL:
                return await self._channel()
            return await self._collect(most)
        except asyncio.CancelledError:
            if waiting.task is not None and waiting.is_late and not waiting.task.uncancel():
                raise BodyTooLate from None
            raise
        finally:
            room.deadlines.remove(waiting)

    async def _collect(self, most: int) -> bytes:
        pieces: list[bytes] = []
        async for piece in self._channel:
            pieces.append(self._hold(piece))
            if self._held > most:
                raise BodyTooLarge
        return b"".join(pieces)

    def _hold(self, piece: bytes) -> bytes:
        if self._room is not None:
            self._room.take(self._owner, len(piece))
            self._held += len(piece)
        return piece

    def end(self) -> None:
        """Give back the room of the body."""
        if self._room is not None and self._held:
            self._room.give_back(self._owner, self._held)
        self._room, self._held = None, 0

    def begin_stream(self, answer: StreamedResponse | FollowedResponse) -> Stream:
        """Send the head of a response; its pieces are sent by the stream, which waits for the client."""
        return self._channel.response_stream(answer.status, answer.headers)

    def send(self, answer: FullResponse) -> None:
        """Send the whole response; the server writes it, and no thread of ours waits for the client."""
        self._channel.response_bytes(*answer)


def json_response(status: int, payload: dict[str, Any], *headers: tuple[str, str]) -> FullResponse:
    """Return a response with a JSON body, with the security headers that Flask does not add here."""
    body = orjson.dumps(payload)
    about_body = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    return FullResponse(status, [*about_body, *PLAIN, *headers], body)


def error_response(status: int, words: str, code: str, *headers: tuple[str, str]) -> FullResponse:
    """Return the error envelope of `web.errors.error_body` for a request that does not reach Flask."""
    number = secrets.token_hex(8)
    payload = {"success": False, "error": words, "details": [], "code": code, "timestamp": now().isoformat()}
    return json_response(status, payload | {"request_id": number}, ("X-Request-ID", number), *headers)
