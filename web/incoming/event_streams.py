"""Server-sent events: a route is asked again and again from the place where its last answer ended.

An open stream waits in the event loop. One thread reads for all of them, so that they take none from other
requests. Each reading checks the token anew: who loses a right, or its token, hears nothing more.
Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIApplication, WSGIEnvironment

import orjson
import structlog

from web.incoming.pool import WorkerPool
from web.incoming.request import FollowedResponse, FullResponse, IncomingRequest, TooBusy
from web.incoming.wsgi import environ_of, respond

PATH: Final = "/api/v1/stream"
SSE: Final = "text/event-stream"
GOES_ON: Final = "pipenotify.goes_on"  # in an environ: a reading of an open stream, not a request of its own
MOST_STREAMS: Final = 32
MOST_OF_ONE: Final = 4  # of one token
EVERY_S: Final = 0.5
REST_S: Final = 5.0  # after a reading that failed
PING_S: Final = 15.0  # proxies end connections on which nothing comes
LIFE_S: Final = 3600.0  # then the client connects again
OK: Final = 200
OUR_FAULT: Final = 500
HEAD: Final = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
]
_OF_A_WHOLE_BODY: Final = {"content-type", "content-length", "cache-control", "etag"}
_PING: Final = b": still here\n\n"

log = structlog.get_logger()


class EventStreams:
    """The open streams of this process; used in one event loop."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._pool = WorkerPool("streams", 1, MOST_STREAMS)
        self._open: Counter[str] = Counter()

    @staticmethod
    def is_for(request: IncomingRequest) -> bool:
        """Return whether somebody wants to follow a stream, not to read it once."""
        return request.method == "GET" and request.path == PATH and SSE in request.header("accept")

    async def answer(self, request: IncomingRequest) -> FullResponse | FollowedResponse:
        """Return the stream, or the refusal of its first reading. Raises TooBusy."""
        who = request.header("authorization")
        if self._open.total() >= MOST_STREAMS or self._open[who] >= MOST_OF_ONE:
            raise TooBusy
        self._open[who] += 1
        is_open = False
        try:
            environ = _first(request)
            first: FullResponse = await self._read(environ)
            is_open = first.status == OK
        finally:
            if not is_open:
                self._close(who)
        if not is_open:
            return first
        kept = [each for each in first.headers if each[0].lower() not in _OF_A_WHOLE_BODY]
        return FollowedResponse(OK, [*HEAD, *kept], self._pieces(environ, first), partial(self._close, who))

    def _close(self, who: str) -> None:
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]

    async def _read(self, environ: WSGIEnvironment) -> Any:
        return await self._pool.run(respond, self._app, dict(environ))

    async def _pieces(self, environ: WSGIEnvironment, first: FullResponse) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        answer: FullResponse | None = first
        quiet_since = loop.time()
        end = quiet_since + LIFE_S
        yield b"retry: 2000\n\n"
        while loop.time() < end:
            if answer is not None and answer.status != OK:
                yield _frame("error", _data(answer))
                return
            piece = _take(answer, environ) if answer is not None else b""
            if not piece and loop.time() - quiet_since >= PING_S:
                piece = _PING
            if piece:
                quiet_since = loop.time()
                yield piece
            await asyncio.sleep(EVERY_S if answer is not None else REST_S)
            answer = await self._again(environ)

    async def _again(self, environ: WSGIEnvironment) -> FullResponse | None:
        """Read on; None where that failed for now."""
        try:
            answer: FullResponse = await self._read(environ)
        except TooBusy:
            return None
        if answer.status >= OUR_FAULT:
            log.warning("streams.reading_failed", status=answer.status)
            return None
        return answer


def _first(request: IncomingRequest) -> WSGIEnvironment:
    """Return the environment of the first reading: a client that connects again says where it was."""
    environ = environ_of(request, b"")
    environ.pop("HTTP_IF_NONE_MATCH", None)
    if last := request.header("last-event-id"):
        _go_on_from(environ, last)
    return environ


def _go_on_from(environ: WSGIEnvironment, place: str) -> None:
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)) | {"after": place}
    environ["QUERY_STRING"] = urlencode(query)


def _take(answer: FullResponse, environ: WSGIEnvironment) -> bytes:
    """Return the frames of an answer, and let the next reading begin behind it."""
    data = _data(answer)
    environ[GOES_ON] = True
    _go_on_from(environ, data["after"])
    return b"".join(_frame(each["type"], each, each["id"]) for each in data["items"])


def _data(answer: FullResponse) -> Any:
    body = orjson.loads(answer.body)
    return body["data"] if answer.status == OK else {"code": body["code"], "error": body["error"]}


def _frame(event: str, data: Any, place: str = "") -> bytes:
    head = f"id: {place}\n" if place else ""
    return f"{head}event: {event}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
