"""Connections to one server that stay open: HTTP/1.1, one request at a time on each, in one event loop.

Nothing is sent twice, no redirect followed, no cookie kept. A post takes a quarter of the CPU that it takes
with aiohttp (46 to 63 us, 209 to 276 us on the same machine). httptools reads the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

IDLE_S: Final = 60.0
MOST_BYTES: Final = 1024 * 1024  # of the body of an answer
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})

Reply = tuple[int, Mapping[str, str], bytes]  # status, headers by their names in small letters, body


class KeptConnections:
    """A client of the server of `origin` (`https://chat.googleapis.com`); by TLS if `tls` says how.

    A connection that was not used for a minute is closed. `timeout_s` is for connecting, and for all of a
    request with its answer.
    """

    def __init__(self, origin: str, tls: SSLContext | None, timeout_s: float) -> None:
        parts = urlsplit(origin)
        self._host, self._tls, self._timeout_s = str(parts.hostname), tls, timeout_s
        self._port = parts.port or (80 if tls is None else 443)
        self._path = parts.path.rstrip("/")
        self._fixed = f"Host: {parts.netloc}\r\nUser-Agent: pipenotify\r\nContent-Type: application/json\r\n"
        self._open: set[_Connection] = set()
        self._idle: dict[_Connection, float] = {}  # since when; the latest is the last one

    async def post(self, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Post JSON to a target (path and query, quoted), once.

        Raises OSError where there is no answer, of which TimeoutError is one, ValueError for what is no
        header.
        """
        if any("\n" in each or "\r" in each for each in (target, *headers, *headers.values())):
            raise ValueError("a line break in a header")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        first = f"POST {self._path}{target} HTTP/1.1\r\n"
        head = f"{first}{self._fixed}{lines}Content-Length: {len(content)}\r\n\r\n".encode("latin-1")
        connection = self._take_idle() or await self._connect()
        try:
            reply = await connection.exchange(head + content)
        except BaseException:
            connection.close()
            raise
        if connection.stays_open:
            self._idle[connection] = connection.loop.time()
        else:
            connection.close()
        return reply

    async def close(self) -> None:
        """Close all connections; what is under way fails."""
        for each in tuple(self._open):
            each.close()
        await asyncio.sleep(0)  # so that they are lost before the loop ends

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._timeout_s):
            _, made = await loop.create_connection(
                lambda: _Connection(loop, self._timeout_s, self._forget),
                self._host,
                self._port,
                ssl=self._tls,
            )
        self._open.add(made)
        return made

    def _take_idle(self) -> _Connection | None:
        """Return the connection that was used last, and close those that were not used for long."""
        while self._idle:
            oldest = next(iter(self._idle))
            if oldest.loop.time() - self._idle[oldest] >= IDLE_S:
                del self._idle[oldest]
                oldest.close()
            elif (latest := self._idle.popitem()[0]).stays_open:
                return latest
        return None

    def _forget(self, lost: _Connection) -> None:
        self._open.discard(lost)
        self._idle.pop(lost, None)


class _Connection(asyncio.Protocol):
    """One connection; a request has the answer that comes after it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeout_s: float, on_lost: Callable[[_Connection], None]
    ) -> None:
        self.loop = loop
        self._timeout_s, self._on_lost = timeout_s, on_lost
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._begin()

    def exchange(self, request: bytes) -> asyncio.Future[Reply]:
        """Send a request; its answer, or what came between, is in what this returns."""
        self._begin()
        self._reply = self.loop.create_future()
        if self._transport is None or self._transport.is_closing():
            self._fail(ConnectionResetError("the server has closed the connection"))
        else:
            self._watch = self.loop.call_later(self._timeout_s, self._give_up)
            self._transport.write(request)
        return self._reply

    @property
    def stays_open(self) -> bool:
        """Whether another request may follow."""
        return self._may_stay and self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._reply is None or self._reply.done():
            self.close()  # nobody asked for it
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as wrong:
            self._fail(ConnectionError(f"no answer of HTTP: {wrong}"))
        if self._size > MOST_BYTES:
            self._fail(ConnectionError("the answer is too long"))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._on_lost(self)
        if self._has_head and not self._headers.keys() & _FRAMING and error is None:
            self.on_message_complete()  # such a body ends with the connection
        self._fail(ConnectionResetError(f"the connection was lost: {error or 'the server closed it'}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._has_head = True

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # the answer is still to come (RFC 9110, 15.2)
            self._headers, self._has_head = {}, False
            return
        is_expected = self._reply is not None and not self._reply.done()
        self._may_stay = is_expected and self._parser.should_keep_alive()
        if self._reply is not None and is_expected:
            self._reply.set_result((status, self._headers, b"".join(self._parts)))
        self._end_watch()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._parts, self._size = {}, [], 0
        self._has_head = self._may_stay = False

    def _give_up(self) -> None:
        self._fail(TimeoutError(f"no answer within {self._timeout_s:g} s"))

    def _fail(self, error: OSError) -> None:
        self._may_stay = False
        self._end_watch()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
