"""A small HTTP/1.1 server on loopback: keep-alive, whole bodies, responses that may wait, drop or hang."""

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 8 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `path` is unquoted, header names are lower case, of repeated names the last one wins."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises ValueError if it is not."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def bearer(self) -> str | None:
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind == "Bearer" and token else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, sent after `delay` seconds; `drop` closes the connection instead, `hang` never responds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    hang: bool = False


Handler = Callable[[Request], Answer]


def answer_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    kind = {"Content-Type": "application/json; charset=UTF-8"}
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), kind | (headers or {}))


class Server:
    """Serves one handler in a thread of its own; `with Server(handler) as server: server.url`.

    The handler runs on the event loop, so it must not block.
    """

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self.handler = handler
        self.port = port
        self.connections: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = Event()
        self._failure: OSError | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; raises OSError if the port is taken."""
        self._thread = Thread(target=self._run, daemon=True, name="wire")
        self._thread.start()
        self._listening.wait()
        if self._failure:
            raise self._failure

    def close(self) -> None:
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._thread = None
        if not self._loop.is_running():
            self._loop.close()

    def _run(self) -> None:
        try:
            listener = self._loop.run_until_complete(
                self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024)
            )
        except OSError as failure:
            self._failure = failure
            self._listening.set()
            return
        self.port = listener.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        listener.close()
        for connection in list(self.connections):
            connection.abort()
        self._loop.run_until_complete(asyncio.sleep(0))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _BadRequest(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Connection(asyncio.Protocol):
    """One keep-alive connection: reads a whole request, answers it, reads the next."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells mypy what create_server promises
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._take()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    def _take(self) -> None:
        while not self._busy and self._transport:
            try:
                request = self._next()
            except _BadRequest as bad:
                self._refuse(bad.status)
                return
            if request is None:
                return
            self._busy = True
            self._serve(request)

    def _next(self) -> Request | None:
        """The next whole request in the buffer; None while it is incomplete."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise _BadRequest(431)
            return None
        head, size = _head(self._buffer[:end])
        total = end + 4 + size
        if len(self._buffer) < total:
            return None
        body, self._buffer = self._buffer[end + 4 : total], self._buffer[total:]
        return Request(*head, body)

    def _serve(self, request: Request) -> None:
        try:
            answer = self._server.handler(request)
        except Exception:  # noqa: BLE001 - a bug of the stand-in must be seen, and must not hang its caller
            _log.exception("the handler failed on %s %s", request.method, request.path)
            answer = Answer(500, b"the stand-in itself failed; its log says why")
        stay = request.headers.get("connection", "").lower() != "close"
        if answer.delay:
            self._loop.call_later(answer.delay, self._send, answer, stay)
        else:
            self._send(answer, stay)

    def _send(self, answer: Answer, stay: bool) -> None:
        if answer.hang or not self._transport:
            return
        if answer.drop:
            self._transport.abort()
            return
        self._transport.write(_bytes(answer))
        self._busy = False
        if stay:
            self._loop.call_soon(self._take)
        else:
            self._transport.close()

    def _refuse(self, status: int) -> None:
        if self._transport:
            self._transport.write(_bytes(Answer(status)))
            self._transport.close()


def _head(raw: bytes) -> tuple[tuple[str, str, dict[str, str], dict[str, str]], int]:
    """Method, path, query and headers, and the length of the body."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _BadRequest(400)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    path, _, query = words[1].partition("?")
    found = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    return (words[0], unquote(path), found, headers), _size(headers)


def _size(headers: dict[str, str]) -> int:
    size = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not size.isdecimal():
        raise _BadRequest(411)
    if int(size) > BODY_LIMIT:
        raise _BadRequest(413)
    return int(size)


def _bytes(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"Content-Length: {len(answer.body)}", "", ""]
    return "\r\n".join(lines).encode() + answer.body


def free_port() -> int:
    """A free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
