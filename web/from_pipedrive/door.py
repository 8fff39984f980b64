"""Pipedrive's webhook endpoint: in the event loop, in front of Flask, for thousands of requests a second.

A body is only waited for once its sender is known. It answers 2xx only after COMMIT. It never limits the
rate of authenticated webhooks: Pipedrive would ban the webhook
(pipedrive.readme.io/docs/guide-for-webhooks-v2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from codecs import BOM_UTF8
from typing import Any, Final, NamedTuple

from models.clock import now
from models.errors import DatabaseUnavailable
from models.events.store import Arrival
from models.pipedrive.change import Unreadable
from models.pipedrive.dedup_key import change_key, content_key, source_key, webhook_of
from models.pipedrive.entity import ENTITIES
from models.pipedrive.rest.webhooks import DOOR
from models.pipedrive.webhook.json import TooDeep, parse_json
from models.tables.events import EventState
from web.from_pipedrive.credentials import Credentials, Given, WebhookSender, may_be_key
from web.from_pipedrive.group_writer import GroupWriter
from web.health.metrics import ACKNOWLEDGED, EVENTS
from web.incoming.pool import WorkerPool
from web.incoming.request import (
    BodyTooLarge,
    BodyTooLate,
    FullResponse,
    IncomingRequest,
    Room,
    TooBusy,
    error_response,
    json_response,
)
from web.security.rate_limit import FailureCounter, address_of

PATH: Final = DOOR
MOST_BYTES: Final = 1024 * 1024
MOST_IN_MEMORY: Final = 64 * MOST_BYTES
MOST_OF_A_TENANT: Final = 8 * MOST_BYTES
PARSED_AT_ONCE: Final = 64 * 1024  # a longer body is parsed in a thread: others wait for the event loop
PARSE_THREADS, MOST_PARSING = 2, 64
LONGEST_CREDENTIALS: Final = 4096  # of 255 letters each, in Base64


class WebhookRefusal(NamedTuple):
    """Why a webhook is not taken: the answer is the error envelope."""

    status: int
    words: str
    code: str
    headers: tuple[tuple[str, str], ...] = ()


STORED: Final = json_response(200, {"success": True, "message": "stored"})
NO_JSON: Final = WebhookRefusal(400, "the body is no JSON object; its bytes are kept", "VALIDATION_ERROR")
# The same bytes each time: an answer must not tell a wrong password from a key that nobody has.
UNKNOWN: Final = json_response(
    401,
    {"success": False, "error": "unknown key, name or password", "details": [], "code": "UNAUTHORIZED"},
    ("WWW-Authenticate", 'Basic realm="pipenotify"'),
)
NOT_POST: Final = WebhookRefusal(405, "post here", "METHOD_NOT_ALLOWED", (("Allow", "POST"),))
TOO_LATE: Final = WebhookRefusal(
    408, "the body did not come in time", "REQUEST_TIMEOUT", (("Connection", "close"),)
)
NO_LENGTH: Final = WebhookRefusal(400, "the body ended early", "VALIDATION_ERROR")
TOO_LARGE: Final = WebhookRefusal(413, "at most 1 MiB", "CONTENT_TOO_LARGE")
ENCODED: Final = WebhookRefusal(415, "send the body without Content-Encoding", "UNSUPPORTED_MEDIA_TYPE")
TOO_MANY: Final = WebhookRefusal(429, "too many wrong credentials", "RATE_LIMITED", (("Retry-After", "60"),))
AWAY: Final = WebhookRefusal(503, "the database refuses for now", "UNAVAILABLE", (("Retry-After", "3"),))
Outcome = FullResponse | WebhookRefusal


class FromPipedrive:
    """The webhook endpoint."""

    def __init__(
        self,
        credentials: Credentials,
        writer: GroupWriter,
        failures: FailureCounter,
        proxy_hops: int = 0,
    ) -> None:
        self._credentials = credentials
        self._writer = writer
        self._failures = failures
        self._proxy_hops = proxy_hops
        self._room = Room(MOST_IN_MEMORY, MOST_OF_A_TENANT)
        self._parsing = WorkerPool("parsing", PARSE_THREADS, MOST_PARSING)

    def is_for(self, path: str) -> bool:
        """Return whether a path is this endpoint's."""
        return path.startswith(PATH) and path[len(PATH) : len(PATH) + 1] in {"", "/"}

    async def answer(self, request: IncomingRequest) -> FullResponse:
        """Store a webhook and return the answer to it."""
        found = await self._handle(request)
        if isinstance(found, FullResponse):
            return found
        return error_response(found.status, found.words, found.code, *found.headers)

    async def _handle(self, request: IncomingRequest) -> Outcome:
        if request.method != "POST":
            return NOT_POST
        started = time.perf_counter()
        try:
            sender = await self._sender(request)
            if sender is None:
                EVENTS.labels("refused").inc()
                return TOO_MANY if self._failures.is_too_many(self.address_of(request)) else UNKNOWN
            taken = await self._take(request, sender)
        except (DatabaseUnavailable, TooBusy):
            return AWAY
        if taken is STORED:
            ACKNOWLEDGED.observe(time.perf_counter() - started)
        return taken

    async def _sender(self, request: IncomingRequest) -> WebhookSender | None:
        """Return who sent a request. What cannot be credentials is refused by its form."""
        authorization = request.header("authorization")
        if len(authorization) > LONGEST_CREDENTIALS:
            return None
        user, password = _basic(authorization)
        key = request.path[len(PATH) + 1 :].removesuffix("/")
        given = Given(key or user.decode("utf-8", "replace"), user, password, key_is_user=not key)
        if not may_be_key(given.key):
            return None
        sender = self._credentials.kept(given)
        if sender is not None:
            return sender
        return await self._credentials.look_up(
            given, is_suspect=self._failures.is_shut_out(self.address_of(request))
        )

    def address_of(self, request: IncomingRequest) -> str:
        """Return the address of a client, behind as many proxies as are trusted."""
        forwarded = request.joined("x-forwarded-for") if self._proxy_hops else ""
        return address_of(forwarded, request.peer, self._proxy_hops)

    async def _take(self, request: IncomingRequest, sender: WebhookSender) -> Outcome:
        if request.header("content-encoding").lower() not in {"", "identity"}:
            return ENCODED
        try:
            raw = await request.body(MOST_BYTES, self._room, sender.tenant_id)
        except BodyTooLarge:
            EVENTS.labels("refused").inc()
            return TOO_LARGE
        except BodyTooLate:
            return TOO_LATE
        if len(raw) < (request.declared_length or 0):
            return NO_LENGTH
        if len(raw) > PARSED_AT_ONCE:
            arrival, outcome, answer = await self._parsing.run(_arrival, raw, sender)
        else:
            arrival, outcome, answer = _arrival(raw, sender)
        await self._writer.store(arrival)
        if outcome is not None:
            EVENTS.labels(outcome).inc()
        return answer


def _arrival(raw: bytes, sender: WebhookSender) -> tuple[Arrival, str | None, Outcome]:
    """Return what to store for a body, how to count it besides, and the answer once it is stored."""
    try:
        body = parse_json(raw)
    except TooDeep:
        return _unparsed(raw, sender, STORED if _looks_whole(raw) else NO_JSON)
    except Unreadable:
        body = None
    if not isinstance(body, dict):
        return _unparsed(raw, sender, NO_JSON)
    same = (content_key if sender.has_duplicates else source_key)(body, raw)
    state, outcome = (EventState.NEW, None) if _is_known(body) else (EventState.IGNORED, "ignored")
    same_change = (change_key(body), webhook_of(body))
    return Arrival(sender.tenant_id, same, raw, state, now(), *same_change), outcome, STORED


def _unparsed(raw: bytes, sender: WebhookSender, answer: Outcome) -> tuple[Arrival, str | None, Outcome]:
    """Return a body that cannot be parsed as an event, to keep its bytes."""
    key = "bytes:" + hashlib.sha256(raw).hexdigest()
    return Arrival(sender.tenant_id, key, raw, EventState.UNPARSED, now()), "unparsed", answer


def _looks_whole(raw: bytes) -> bool:
    """Return whether a body too deeply nested for the parser starts and ends like an object."""
    bare = raw.removeprefix(BOM_UTF8).strip()
    return bare[:1] == b"{" and bare[-1:] == b"}"


def _basic(header: str) -> tuple[bytes, bytes]:
    """Return name and password as bytes; empty if unreadable (RFC 7617)."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        user, _, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b"", b""
    return user, password


def _is_known(body: dict[str, Any]) -> bool:
    """Return False for a v2 body about an unlisted entity; all other bodies are left to the worker."""
    meta = body.get("meta")
    entity = meta.get("entity") if isinstance(meta, dict) else None
    return not isinstance(entity, str) or entity in ENTITIES
