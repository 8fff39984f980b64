"""Turns Pipedrive's refusals into our errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from models.errors import AppError, InvalidRequest, NotAllowed, NotFound, RateLimited, TemporaryFailure
from models.languages.translate import marked

LONGEST_WAIT_S: Final = 24 * 3600.0  # the daily budget is renewed within a day
UNSURE_WAIT: Final = timedelta(seconds=15)  # a request that we gave up may be carried out moments later


class Unauthorized(AppError):
    """Raised when Pipedrive rejects this access token (401); one refresh may help. `error` as below."""

    code = "PIPEDRIVE_UNAUTHORIZED"
    status = 502
    user_message = (
        "Pipedrive does not let Pipenotify in. If it stays so, connect Pipedrive again on the setup page."
    )

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


class TooManyCalls(RateLimited):
    """Raised when Pipedrive rate-limited this call; nothing was done."""

    user_message = (
        "Pipedrive takes no more calls of Pipenotify for the moment. Please try again in a few minutes."
    )


class CallsPaused(TooManyCalls):
    """Raised before a call while Pipedrive limits our calls, for `retry_after` seconds."""


class DailyQuotaUsed(CallsPaused):
    """Raised before a read when our part of a company's daily budget is spent; it is renewed at midnight."""

    user_message = "Pipenotify has used its part of today's Pipedrive calls. It goes on after midnight (UTC)."


class Unsent(TemporaryFailure):
    """Raised when a write could not even be sent."""

    user_message = "Pipedrive could not be reached, so nothing was written. Please try again."


class LeaseOver(Unsent):
    """Raised before a write when its worker's lease is nearly over: another worker may repeat the work."""


class Unsure(TemporaryFailure):
    """Raised when the outcome of a write is unknown: it may have been done, so repeating it is not safe."""

    user_message = (
        "Pipedrive did not confirm it. Please look there whether it was written before you try again."
    )


class PipedriveRefused(InvalidRequest):
    """Raised when Pipedrive refuses a request; `error` is its short code (`invalid_grant`), or empty."""

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> AppError:
    """Return the error of a refusal; the names of `headers` are in lower case.

    Its text has only the status and Pipedrive's short error code, because messages may repeat what was sent.
    Too many requests are answered 429, and if they go on, 403 with a page of HTML by Pipedrive's gateway.
    """
    is_page = "html" in headers.get("content-type", "").lower()
    if status == 429 or (status == 403 and is_page):
        wait = seconds(headers, "retry-after", "x-ratelimit-reset")
        return TooManyCalls(f"Pipedrive answered {status}", retry_after=wait, http_status=status)
    error = _error_code(body)
    words = f"Pipedrive answered {status} {error}".strip()
    if status >= 500 or status < 400:
        return TemporaryFailure(words, http_status=status)
    if status in _CLOSED:
        return NotAllowed(words, user_message=_CLOSED[status])
    return (
        NotFound(words)
        if status in _AWAY
        else (Unauthorized if status == 401 else PipedriveRefused)(words, error)
    )


def wait_to_repeat(error: Exception, usual: timedelta) -> timedelta:
    """Return how long to wait before work is done again that failed: `usual`, or as long as Pipedrive asks.

    What came of a write that was not answered can be read only when it is carried out, or never will be.
    """
    if isinstance(error, RateLimited):
        return max(usual, timedelta(seconds=error.retry_after or 0.0))
    return max(usual, UNSURE_WAIT) if isinstance(error, Unsure) else usual


def seconds(headers: Mapping[str, str], *names: str) -> float | None:
    """Return the number of the first of these headers that holds one, from 0 to a day; None if none does.

    Retry-After and x-ratelimit-reset hold seconds, not a time.
    """
    for name in names:
        try:
            return min(LONGEST_WAIT_S, max(0.0, float(headers[name])))
        except (KeyError, ValueError):
            continue
    return None


def _error_code(body: bytes) -> str:
    """Return Pipedrive's short code (`invalid_grant`), empty if there is none."""
    try:
        code = json.loads(body).get("error")
    except (ValueError, RecursionError, AttributeError):
        return ""
    return code if isinstance(code, str) and code.isidentifier() and len(code) < 60 else ""


_CLOSED: Final = {
    402: marked("Pipedrive says that your company's account is closed or unpaid. Please look there."),
    403: marked(
        "Pipedrive does not allow this with the rights of the user whose connection was used. "
        "Ask a Pipedrive admin."
    ),
}
_AWAY: Final = (404, 410)
