"""What an error response of Chat means."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import orjson
import pytest

from jobs.to_chat.errors import error_of
from models.clock import now
from models.errors import BadMessage, DestinationGone, RateLimited, TemporaryFailure


def _envelope(code: int, status: str, message: str = "as ordered") -> bytes:
    return orjson.dumps({"error": {"code": code, "status": status, "message": message}})


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (400, _envelope(400, "INVALID_ARGUMENT"), BadMessage),
        (413, b"", BadMessage),
        (401, _envelope(401, "UNAUTHENTICATED"), TemporaryFailure),
        (403, _envelope(403, "PERMISSION_DENIED"), DestinationGone),
        (403, b'{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}', RateLimited),
        (403, b'{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}', RateLimited),
        (404, _envelope(404, "NOT_FOUND"), DestinationGone),
        (410, b"", DestinationGone),
        (429, _envelope(429, "RESOURCE_EXHAUSTED"), RateLimited),
        (429, b"<html>", RateLimited),
        (500, b"\xff\xfe not json", TemporaryFailure),
        (502, b"", TemporaryFailure),
        (503, b"[]", TemporaryFailure),
        (308, b"", TemporaryFailure),
    ],
)
def test_each_response_has_its_error(status: int, content: bytes, kind: type[Exception]) -> None:
    trouble = error_of(status, {}, content)

    assert type(trouble) is kind
    assert str(trouble).startswith(str(status))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0", 0.0), ("-5", 0.0), ("1.5", 1.5), ("999999999", 86400.0), ("soon", None), ("", None)],
)
def test_retry_after_is_read_as_seconds(said: str, seconds: float | None) -> None:
    trouble = error_of(429, {"retry-after": said}, b"")

    assert isinstance(trouble, RateLimited)
    assert trouble.retry_after == seconds


@pytest.mark.parametrize("ahead", [30, -30])
def test_retry_after_is_read_as_a_date(ahead: int) -> None:
    when = format_datetime(now() + timedelta(seconds=ahead), usegmt=True)
    trouble = error_of(429, {"Retry-After": when}, b"")

    assert isinstance(trouble, RateLimited)
    assert trouble.retry_after is not None
    assert max(ahead - 2, 0) <= trouble.retry_after <= max(ahead, 0)


def test_the_text_of_an_error_is_short_and_printable() -> None:
    trouble = error_of(500, {}, _envelope(500, "INTERNAL", "a\x00b\n" + "x" * 9000))

    assert str(trouble).isprintable()
    assert len(str(trouble)) < 400
