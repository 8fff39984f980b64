"""The served app in tests without a server: requests as the server hands them over, in one event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from web.front import Front

Result = TypeVar("Result")
PIECE = 16 * 1024


@cache
def loop() -> asyncio.AbstractEventLoop:
    """Return an event loop that runs in a thread of its own, as in the served process."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="test-loop", daemon=True).start()
    return made


def run(work: Coroutine[Any, Any, Result], within_s: float = 40) -> Result:
    """Return what a coroutine returns in that loop."""
    return asyncio.run_coroutine_threadsafe(work, loop()).result(within_s)


class Headers:
    """The headers of a request, as the server gives them: names in lower case, `get` returns the first."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._items = [(name.lower(), value) for name, value in items]

    def get(self, key: str, default: Any = None) -> Any:
        return next((value for name, value in self._items if name == key), default)

    def items(self) -> list[tuple[str, str]]:
        return self._items


class Scope:
    """The head of a request."""

    def __init__(
        self,
        method: str = "POST",
        path: str = "/",
        headers: Iterable[tuple[str, str]] = (),
        *,
        query: str = "",
        peer: str = "192.0.2.1",
    ) -> None:
        self.method, self.path, self.query_string = method, path, query
        self.client, self.server = f"{peer}:50000", "127.0.0.1:8080"
        self.scheme, self.http_version = "http", "1.1"
        self.headers = Headers(headers)


class Streamed:
    """An answer in pieces; the channel has it as one that grows."""

    def __init__(self, channel: Channel, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self._channel, self.pieces = channel, 0
        channel.answers.append((status, headers, b""))

    async def send_bytes(self, data: bytes) -> None:
        await asyncio.sleep(0)
        status, headers, body = self._channel.answers[-1]
        self._channel.answers[-1] = (status, headers, body + data)
        self.pieces += 1


class Channel:
    """A client: it sends its body in pieces, and then nothing if it `hangs`."""

    def __init__(self, body: bytes = b"", *, hangs: bool = False, piece: int = PIECE) -> None:
        self._body, self._hangs, self._piece = body, hangs, piece
        self.sent = 0
        self.answers: list[tuple[int, Sequence[tuple[str, str]], bytes]] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), self._piece):
            piece = self._body[start : start + self._piece]
            self.sent += len(piece)
            yield piece
            await asyncio.sleep(0)
        if self._hangs:
            await asyncio.Event().wait()

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Streamed:
        return Streamed(self, status, headers)

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.answers.append((status, headers, body))


def as_wsgi(front: Front) -> Any:
    """Return a served app as a WSGI app, for the clients of Flask and werkzeug."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        names = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
        headers = [(name, environ[key]) for key, name in names.items() if environ.get(key)]
        headers += [
            (key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")
        ]
        size = int(environ.get("CONTENT_LENGTH") or 0)  # a real server would wait for more
        channel = Channel(environ["wsgi.input"].read(size) if size else b"")
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        peer = environ.get("REMOTE_ADDR", "127.0.0.1")
        scope = Scope(
            environ["REQUEST_METHOD"], path, headers, query=environ.get("QUERY_STRING", ""), peer=peer
        )
        run(front(scope, channel))
        ((status, told, body),) = channel.answers
        start_response(f"{status} X", list(told))
        return [body]

    return app
