"""Pipedrive's webhook endpoint: a plain WSGI callable in front of Flask, for thousands of requests a second.

It answers 2xx only after COMMIT. It never limits the rate of authenticated webhooks: Pipedrive would
ban the webhook (pipedrive.readme.io/docs/guide-for-webhooks-v2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson

from models.clock import now
from models.errors import DatabaseUnavailable
from models.events.store import Arrival
from models.pipedrive.change import Unreadable
from models.pipedrive.dedup_key import change_key, content_key, source_key, webhook_of
from models.pipedrive.entity import ENTITIES
from models.pipedrive.rest.webhooks import DOOR
from models.pipedrive.webhook.json import TooDeep, parse_json
from models.tables.events import EventState
from web.from_pipedrive.credentials import Credentials, WebhookSender
from web.from_pipedrive.group_writer import GroupWriter
from web.health.metrics import EVENTS
from web.security.rate_limit import FailureCounter, address_of

PATH: Final = DOOR
MOST_BYTES: Final = 1024 * 1024

Answer = tuple[str, list[tuple[str, str]], bytes]


def _answer(status: str, words: str, *headers: tuple[str, str]) -> Answer:
    body = orjson.dumps({"success": status[0] == "2", "message": words})
    return status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers], body


STORED: Final = _answer("200 OK", "stored")
NO_JSON: Final = _answer("400 Bad Request", "the body is no JSON object; its bytes are kept")
UNKNOWN: Final = _answer(
    "401 Unauthorized", "unknown key, name or password", ("WWW-Authenticate", 'Basic realm="pipenotify"')
)
NOT_POST: Final = _answer("405 Method Not Allowed", "post here", ("Allow", "POST"))
NO_LENGTH: Final = _answer("400 Bad Request", "the body ended early")
TOO_LARGE: Final = _answer("413 Content Too Large", "at most 1 MiB")
ENCODED: Final = _answer("415 Unsupported Media Type", "send the body without Content-Encoding")
TOO_MANY: Final = _answer("429 Too Many Requests", "too many wrong credentials", ("Retry-After", "60"))
AWAY: Final = _answer("503 Service Unavailable", "the database refuses for now", ("Retry-After", "3"))


class FromPipedrive:
    """The WSGI app of the webhook endpoint; everything else goes to `inner`."""

    def __init__(
        self,
        inner: Any,
        credentials: Credentials,
        writer: GroupWriter,
        failures: FailureCounter,
        proxy_hops: int = 0,
    ) -> None:
        self._inner = inner
        self._credentials = credentials
        self._writer = writer
        self._failures = failures
        self._proxy_hops = proxy_hops

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PATH) or path[len(PATH) : len(PATH) + 1] not in {"", "/"}:
            inner: Callable[..., Iterable[bytes]] = self._inner
            return inner(environ, start_response)
        status, headers, body = self._take(environ, path[len(PATH) + 1 :])
        start_response(status, headers)
        return [body]

    def _take(self, environ: WSGIEnvironment, key: str) -> Answer:
        if environ["REQUEST_METHOD"] != "POST":
            return NOT_POST
        try:
            sender = self._caller(environ, key)
            if sender is None:
                EVENTS.labels("refused").inc()
                address = address_of(environ, self._proxy_hops)
                return TOO_MANY if self._failures.is_too_many(address) else UNKNOWN
            return self._store(environ, sender)
        except DatabaseUnavailable:
            return AWAY

    def _caller(self, environ: WSGIEnvironment, key: str) -> WebhookSender | None:
        user, password = _basic(environ.get("HTTP_AUTHORIZATION", ""))
        named = key or user.decode("utf-8", "replace")
        return self._credentials.sender(named, user, password, key_is_user=not key)

    def _store(self, environ: WSGIEnvironment, sender: WebhookSender) -> Answer:
        if environ.get("HTTP_CONTENT_ENCODING", "identity") not in {"", "identity"}:
            return ENCODED
        raw = _read(environ)
        if raw is None:
            EVENTS.labels("refused").inc()
            return TOO_LARGE
        if len(raw) < _length(environ):
            return NO_LENGTH
        try:
            body = parse_json(raw)
        except TooDeep:
            return self._keep(raw, sender, STORED if _looks_whole(raw) else NO_JSON)
        except Unreadable:
            body = None
        if not isinstance(body, dict):
            return self._keep(raw, sender, NO_JSON)
        state = EventState.NEW if _is_known(body) else EventState.IGNORED
        same = (content_key if sender.has_duplicates else source_key)(body, raw)
        same_change = (change_key(body), webhook_of(body))
        self._writer.store(Arrival(sender.tenant_id, same, raw, state, now(), *same_change))
        if state == EventState.IGNORED:
            EVENTS.labels("ignored").inc()
        return STORED

    def _keep(self, raw: bytes, sender: WebhookSender, answer: Answer) -> Answer:
        """Store a body that cannot be parsed as an event."""
        key = "bytes:" + hashlib.sha256(raw).hexdigest()
        self._writer.store(Arrival(sender.tenant_id, key, raw, EventState.UNPARSED, now()))
        EVENTS.labels("unparsed").inc()
        return answer


def _looks_whole(raw: bytes) -> bool:
    """Return whether a body too deeply nested for the parser starts and ends like an object."""
    bare = raw.strip()
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


def _length(environ: WSGIEnvironment) -> int:
    """Return the declared length of the body; 0 if absent."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdecimal() else 0


def _read(environ: WSGIEnvironment) -> bytes | None:
    """Return the body, None if it is too large."""
    if _length(environ) > MOST_BYTES:
        return None
    raw: bytes = environ["wsgi.input"].read(MOST_BYTES + 1)
    return raw if len(raw) <= MOST_BYTES else None


def _is_known(body: dict[str, Any]) -> bool:
    """Return False for a v2 body about an unlisted entity; all other bodies are left to the worker."""
    meta = body.get("meta")
    entity = meta.get("entity") if isinstance(meta, dict) else None
    return not isinstance(entity, str) or entity in ENTITIES
