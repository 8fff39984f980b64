"""What Chat's error responses mean: wait, retry, change the message, or pause the destination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

import orjson

from models.clock import now
from models.errors import AppError, BadMessage, DestinationGone, RateLimited, TemporaryFailure

_MOST_WAIT_S = 24 * 3600.0


def error_of(status: int, headers: Mapping[str, str], content: bytes) -> AppError:
    """Return the error that a response stands for; its text is that of Google's error envelope."""
    text = f"{status} {_error_text(content)}"
    if (
        status == 429
        or (status == 403 and b"ratelimit" in content.lower())
        or b"RESOURCE_EXHAUSTED" in content
    ):
        return RateLimited(text, retry_after=_retry_after(headers), http_status=status)
    if status in {400, 413}:
        return BadMessage(text, http_status=status)
    if status in {403, 404, 410}:
        return DestinationGone(text, http_status=status)
    return TemporaryFailure(text, http_status=status)


def is_already_there(status: int, content: bytes) -> bool:
    """Whether Chat says that our message id is taken. Other 409s, like ABORTED, mean: try again.

    See google.rpc.Code: ALREADY_EXISTS and ABORTED are both 409.
    """
    if status != 409:
        return False
    try:
        return bool(orjson.loads(content)["error"]["status"] == "ALREADY_EXISTS")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False


def _error_text(content: bytes) -> str:
    """Return Google's own message, cut; of anything else the first bytes."""
    try:
        error = orjson.loads(content)["error"]
        text = f"{error.get('status', '')}: {error.get('message', '')}"[:300]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        text = content[:100].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)  # a NUL breaks PostgreSQL


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as seconds or as a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after") or headers.get("Retry-After")
    if not value:
        return None
    try:
        return min(max(0.0, float(value)), _MOST_WAIT_S)
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (when - now()).total_seconds()), _MOST_WAIT_S)
