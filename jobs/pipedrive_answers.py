"""What Pipedrive's refusals mean to us."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from models.errors import Deliverable, NotAllowed, NotFound, RateLimited, Refused, Trouble

LONGEST_WAIT_S: Final = 24 * 3600.0  # the daily budget comes back within a day


class Unauthorized(Trouble):
    """Raised when Pipedrive does not take this access token (401); one refresh may help."""

    code = "PIPEDRIVE_UNAUTHORIZED"
    status = 502


class PipedriveRefused(Refused):
    """Raised when Pipedrive refuses what was asked; `error` is its short code (`invalid_grant`), or empty."""

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


def trouble_of(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """Name the trouble of a refusal; the names of `headers` are in small letters.

    Its words carry the status and Pipedrive's short error code alone: messages may repeat what was sent.
    Too many requests are answered 429, and if they go on, 403 with a page of HTML by the guard before it.
    """
    is_page = "html" in headers.get("content-type", "").lower()
    if status == 429 or (status == 403 and is_page):
        return RateLimited(f"Pipedrive answered {status}", retry_after=_wait(headers), http_status=status)
    error = _error_code(body)
    words = f"Pipedrive answered {status} {error}".strip()
    if status >= 500 or status < 400:
        return Deliverable(words, http_status=status)
    return _REFUSALS[status](words) if status in _REFUSALS else PipedriveRefused(words, error)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds Pipedrive asks to wait (both headers hold seconds, not a time), None if unsaid."""
    for name in ("retry-after", "x-ratelimit-reset"):
        try:
            return min(LONGEST_WAIT_S, max(0.0, float(headers[name])))
        except (KeyError, ValueError):
            continue
    return None


def _error_code(body: bytes) -> str:
    """Return Pipedrive's short code (`invalid_grant`), empty where there is none."""
    try:
        code = json.loads(body).get("error")
    except (ValueError, RecursionError, AttributeError):
        return ""
    return code if isinstance(code, str) and code.isidentifier() and len(code) < 60 else ""


_REFUSALS: Final[dict[int, Callable[[str], Trouble]]] = {
    401: Unauthorized,
    402: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    410: NotFound,
}
