"""The wire to Pipedrive: one request, bounded in time and size."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx

from jobs.pipedrive_answers import trouble_of
from models.errors import Deliverable

TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 5 * 1024 * 1024


class PipedriveWire:
    """A pool of connections for all threads and tenants.

    Follows no redirects, which would carry tokens away, and ignores proxy variables.
    """

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        agent = {"User-Agent": "Pipenotify"}
        self._client = httpx.Client(
            trust_env=False, follow_redirects=False, headers=agent, transport=transport
        )

    def close(self) -> None:
        self._client.close()

    def get(
        self, url: str, query: Mapping[str, str | int], headers: Mapping[str, str], timeout_s: float
    ) -> dict[str, Any]:
        """Return the JSON object of a good answer; `timeout_s` is for all of it.

        Raises Unauthorized (401), NotAllowed (402, 403), NotFound (404, 410), PipedriveRefused (other 4xx),
        RateLimited (429, and the HTML 403 of Pipedrive's guard), Deliverable (5xx, redirects, no answer in
        time, one that is too large or unreadable).
        """
        return self._send(self._client.build_request("GET", url, params=query, headers=headers), timeout_s)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Send a form; answers and raises as `get`."""
        return self._send(self._client.build_request("POST", url, data=form, headers=headers), TIMEOUT_S)

    def _send(self, request: httpx.Request, timeout_s: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        request.extensions["timeout"] = httpx.Timeout(timeout_s).as_dict()
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _read(response, deadline)
            finally:
                response.close()
        except (httpx.HTTPError, OSError) as broken:
            raise Deliverable(f"Pipedrive: {type(broken).__name__}") from broken
        if not response.is_success:
            raise trouble_of(response.status_code, response.headers, body)
        return _object(body, response.status_code)


def _read(response: httpx.Response, deadline: float) -> bytes:
    """Collect the body. httpx bounds each read, not their sum: whoever drips is cut off here."""
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise Deliverable("Pipedrive answered more than 5 MB", http_status=response.status_code)
        if time.monotonic() > deadline:
            raise Deliverable("Pipedrive did not finish its answer in time")
        chunks.append(chunk)
    return b"".join(chunks)


def _object(body: bytes, status: int) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise Deliverable("Pipedrive answered something unreadable", http_status=status) from wrong
    if not isinstance(said, dict):
        raise Deliverable("Pipedrive answered no object", http_status=status)
    return said
