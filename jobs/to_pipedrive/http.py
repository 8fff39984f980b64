"""HTTP to Pipedrive: single requests, limited in time and size."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from jobs.to_pipedrive.errors import Unsent, Unsure, error_of
from jobs.to_pipedrive.rate_limit import BurstLimiter
from jobs.to_servers.http import HttpClient, ReplyTooLong, ServerReply
from models.errors import TemporaryFailure

TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 5 * 1024 * 1024
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the REST API: `body` is sent as JSON."""

    method: str
    url: str
    query: Query | None = None
    body: Mapping[str, Any] | None = None

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


class PipedriveWire:
    """A pool of connections for all threads and tenants.

    Follows no redirects, which would carry tokens away, and ignores proxy variables.
    """

    def __init__(
        self, transport: httpx.BaseTransport | None = None, burst_limiter: BurstLimiter | None = None
    ) -> None:
        self._client = HttpClient(headers={"User-Agent": "Pipenotify"}, transport=transport)
        self._burst_limiter = burst_limiter or BurstLimiter()

    def close(self) -> None:
        self._client.close()

    def call(self, call: Call, token: str, timeout_s: float) -> dict[str, Any]:
        """Return the JSON object of a successful response, {} if a write was done without one.

        `timeout_s` includes the wait until the rate limit allows the call.
        Raises Unauthorized (401), NotAllowed (402, 403), NotFound (404, 410), PipedriveRefused (other 4xx),
        TooManyCalls (429, and the HTML 403 of Pipedrive's gateway), CallsPaused (it would be limited, so it
        was not sent), TemporaryFailure (5xx, redirects, no response in time, one too large or unreadable);
        its kinds are Unsure if a write may have been done, Unsent if it surely was not.
        """
        deadline = time.monotonic() + timeout_s
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        request = self._client.build_request(
            call.method, call.url, params=call.query, json=call.body, headers=headers
        )
        with self._burst_limiter.call_slot(token, timeout_s) as call_slot:
            try:
                answer = self._send(request, deadline)
            except TemporaryFailure as failed:
                if call.is_read:
                    raise
                if isinstance(failed.__cause__, _NEVER_SENT):
                    raise Unsent(str(failed)) from failed
                raise Unsure(str(failed), http_status=failed.http_status) from failed
            call_slot.heard(answer.status, answer.headers)
        return _object_of(answer) if call.is_read else _outcome_of(answer)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Send a form, return the object of a successful response, {} for an empty one; raises as `call`."""
        request = self._client.build_request("POST", url, data=form, headers=headers)
        answer = self._send(request, time.monotonic() + TIMEOUT_S)
        return {} if answer.status < 300 and not answer.body else _object_of(answer)

    def _send(self, request: httpx.Request, deadline: float) -> ServerReply:
        try:
            return self._client.send(request, max(0.001, deadline - time.monotonic()), MOST_BYTES)
        except ReplyTooLong as long:
            raise TemporaryFailure("Pipedrive answered more than 5 MB", http_status=long.status) from long
        except (httpx.HTTPError, OSError) as broken:
            raise TemporaryFailure(f"Pipedrive: {type(broken).__name__}") from broken


def _object_of(answer: ServerReply) -> dict[str, Any]:
    """Return the object of a successful response; raise the error of a refusal."""
    if not 200 <= answer.status < 300:
        raise error_of(answer.status, answer.headers, answer.body)
    try:
        payload = json.loads(answer.body)
    except (ValueError, RecursionError) as wrong:
        raise TemporaryFailure(
            "Pipedrive answered something unreadable", http_status=answer.status
        ) from wrong
    if not isinstance(payload, dict):
        raise TemporaryFailure("Pipedrive answered no object", http_status=answer.status)
    return payload


def _outcome_of(answer: ServerReply) -> dict[str, Any]:
    """Return the result of a write; one that was done counts as done, whatever its response looks like."""
    if answer.status >= 500:
        raise Unsure(f"Pipedrive answered {answer.status}", http_status=answer.status)
    try:
        return _object_of(answer)
    except TemporaryFailure:
        if 200 <= answer.status < 300:
            return {}
        raise
