"""The app that the server calls: it waits for clients in the event loop, and for all else in threads.

Nothing that a client has yet to do (send the rest of a body, read an answer) keeps a thread waiting. Webhooks
need threads only to look up keys, to parse large bodies and to store; Chat, the pages, programs and the
health checks have threads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Final
from wsgiref.types import WSGIApplication

import structlog

from web.from_pipedrive.door import FromPipedrive
from web.health.requests import count_unrouted
from web.incoming.event_streams import EventStreams
from web.incoming.pool import WorkerPool
from web.incoming.refusals import REFUSED
from web.incoming.request import (
    BodyTooLarge,
    BodyTooLate,
    Channel,
    FollowedResponse,
    FullResponse,
    IncomingRequest,
    RequestScope,
    Room,
    StreamedResponse,
    TargetTooLong,
    TooBusy,
    error_response,
)
from web.incoming.wsgi import environ_of, respond
from web.security.rate_limit import network_of

MIB: Final = 1024 * 1024
MOST_ON_A_PAGE: Final = 64 * 1024  # a form, or the JSON of a script
MOST_BY_CHAT: Final = MIB
MOST_IN_A_FILE: Final = MIB  # of leads, with what the form adds to it
MOST_OF_A_PROGRAM: Final = MIB // 2  # a document of rules
MOST_IN_MEMORY: Final = 16 * MIB
MOST_OF_AN_ADDRESS: Final = MIB
LONGEST_TARGET: Final = 8192  # path and query
# Together fewer than the connections to the database (models.database.engine.POOL_SIZE): webhooks need some.
PAGE_THREADS, API_THREADS, CHAT_THREADS, HEALTH_THREADS = 4, 4, 6, 2
MOST_WAITING: Final = 128
CHAT: Final = "/chat/events"
LIVE: Final = "/health/live"
API: Final = "/api/v1/"
UPLOAD: Final = "/admin/intake/imports/new"
UPLOAD_BY_PROGRAM: Final = "/api/v1/admin/imports"
CONSENT: Final = "/api/v1/oauth/"  # pages of people, which wait for Pipedrive
REFUSALS: Final = (BodyTooLarge, BodyTooLate, TargetTooLong, TooBusy)
HEALTH: Final = ("/health", "/health/ready", "/metrics", "/api/v1/monitoring/health")

CLOSE: Final = (("Connection", "close"),)  # what is still to come of a late body is not read

log = structlog.get_logger()


class Front:
    """The RSGI app. `admits` says whether an Authorization header is Google Chat's.

    `headers` are those that Flask adds to its answers as well.
    """

    def __init__(
        self,
        door: FromPipedrive,
        app: WSGIApplication,
        admits: Callable[[str], bool],
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._door, self._app, self._admits = door, app, admits
        self._headers = list(headers)
        self._pages = WorkerPool("pages", PAGE_THREADS, MOST_WAITING)
        self._api = WorkerPool("api", API_THREADS, MOST_WAITING)
        self._chat = WorkerPool("chat", CHAT_THREADS, MOST_WAITING)
        self._health = WorkerPool("health", HEALTH_THREADS, MOST_WAITING)
        self._streams = EventStreams(app)
        self._live = WorkerPool("live", 1, MOST_WAITING)
        self._refusals = WorkerPool("refusals", 1, MOST_WAITING)
        self._room = Room(MOST_IN_MEMORY, MOST_OF_AN_ADDRESS)
        self._chat_room = Room(MOST_IN_MEMORY, MOST_IN_MEMORY)  # only what Google has signed comes there

    async def __call__(self, scope: RequestScope, channel: Channel) -> None:
        request = IncomingRequest(scope, channel)
        try:
            answer = await self._answer(request)
        except Exception:
            log.exception("front.unexpected")
            answer = self._refuse(500, "Something went wrong on our side.", "INTERNAL")
        finally:
            request.end()
        with suppress(RuntimeError):  # the client is gone
            if isinstance(answer, FollowedResponse):
                await self._follow(request, answer)
            elif isinstance(answer, StreamedResponse):
                await self._stream(request, answer)
            else:
                request.send(answer)

    async def _stream(self, request: IncomingRequest, answer: StreamedResponse) -> None:
        """Send an answer piece by piece: a thread works on each, and none waits for the client."""
        try:
            stream = request.begin_stream(answer)
            while piece := await self._pages.run(next, answer.pieces, b""):
                await stream.send_bytes(piece)
        except TooBusy:
            log.warning("front.stream_cut", path=request.path)
        finally:
            answer.close()

    @staticmethod
    async def _follow(request: IncomingRequest, answer: FollowedResponse) -> None:
        """Send what happens, as it happens, until the client is gone."""
        try:
            stream = request.begin_stream(answer)
            async with aclosing(answer.pieces) as pieces:
                async for piece in pieces:
                    await stream.send_bytes(piece)
        finally:
            answer.close()

    async def _answer(self, request: IncomingRequest) -> FullResponse | StreamedResponse | FollowedResponse:
        try:
            if self._door.is_for(request.path):
                return self._with_headers(await self._door.answer(request))
            if self._streams.is_for(request):
                return await self._streams.answer(request)
            return await self._inside(request)
        except REFUSALS as refused:
            if request.path.startswith(API) and not self._door.is_for(request.path):
                return await self._refuse_program(request, refused)
            return self._refusal_response(refused)

    async def _refuse_program(
        self, request: IncomingRequest, refused: Exception
    ) -> FullResponse | StreamedResponse:
        """Let Flask refuse, with the headers that all answers of REST have."""
        request.end()  # what it held of its body is free at once
        environ = environ_of(request, b"") | {REFUSED: refused}
        try:
            answer = await self._refusals.run(respond, self._app, environ)
        except TooBusy:
            return self._refusal_response(refused)
        if isinstance(refused, BodyTooLate):
            answer.headers.extend(CLOSE)
        return answer

    async def _inside(self, request: IncomingRequest) -> FullResponse | StreamedResponse:
        """Answer by Flask, in a thread of the kind of work that it is."""
        if len(request.path) + len(request.scope.query_string) > LONGEST_TARGET:
            raise TargetTooLong
        pool, most = self._place(request.path)
        if pool is not self._chat:
            body = await request.body(most, self._room, network_of(self._door.address_of(request)))
        elif await pool.run(self._admits, request.header("authorization")):
            body = await request.body(most, self._chat_room, CHAT)
        else:  # a stranger, whose body is not waited for
            return self._refuse(401, "This address is for Google Chat only.", "UNAUTHORIZED")
        return await pool.run(self._respond, request, body)

    def _place(self, path: str) -> tuple[WorkerPool, int]:
        """Return the threads for a path, and the longest body there."""
        if path == CHAT:
            return self._chat, MOST_BY_CHAT
        if path == LIVE:
            return self._live, 0
        if path in HEALTH:
            return self._health, 0
        if path.startswith(API) and not path.startswith(CONSENT):
            return self._api, MOST_IN_A_FILE if path == UPLOAD_BY_PROGRAM else MOST_OF_A_PROGRAM
        return self._pages, MOST_IN_A_FILE if path == UPLOAD else MOST_ON_A_PAGE

    def _refuse(self, status: int, words: str, code: str, *headers: tuple[str, str]) -> FullResponse:
        """Return an error that Flask does not answer, and count it as Flask counts its answers."""
        count_unrouted(status)
        return self._with_headers(error_response(status, words, code, *headers))

    def _refusal_response(self, refused: Exception) -> FullResponse:
        if isinstance(refused, BodyTooLarge):
            return self._refuse(413, "That is larger than what is taken here.", "CONTENT_TOO_LARGE")
        if isinstance(refused, BodyTooLate):
            return self._refuse(408, "The body did not come in time.", "REQUEST_TIMEOUT", *CLOSE)
        if isinstance(refused, TargetTooLong):
            return self._refuse(414, "That address is too long.", "URI_TOO_LONG")
        words = "Too much is asked at once just now. Please try again."
        return self._refuse(503, words, "UNAVAILABLE", ("Retry-After", "2"))

    def _with_headers(self, answer: FullResponse) -> FullResponse:
        return answer._replace(headers=answer.headers + self._headers) if self._headers else answer

    def _respond(self, request: IncomingRequest, body: bytes) -> Any:
        return respond(self._app, environ_of(request, body))
