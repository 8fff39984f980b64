"""The errors for Pipedrive's refusals."""

from datetime import timedelta

import pytest

from jobs.to_pipedrive.errors import (
    LONGEST_WAIT_S,
    PipedriveRefused,
    TooManyCalls,
    Unauthorized,
    Unsent,
    Unsure,
    error_of,
    wait_to_repeat,
)
from models.errors import AppError, NotAllowed, NotFound, RateLimited, TemporaryFailure

HTML = {"content-type": "text/html; charset=UTF-8"}
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (302, JSON, TemporaryFailure),
        (400, JSON, PipedriveRefused),
        (401, JSON, Unauthorized),
        (402, JSON, NotAllowed),
        (403, JSON, NotAllowed),
        (403, HTML, TooManyCalls),
        (404, JSON, NotFound),
        (410, JSON, NotFound),
        (422, JSON, PipedriveRefused),
        (429, JSON, TooManyCalls),
        (429, HTML, TooManyCalls),
        (500, HTML, TemporaryFailure),
        (503, JSON, TemporaryFailure),
    ],
)
def test_every_status_has_its_trouble(status: int, headers: dict[str, str], expected: type[AppError]) -> None:
    assert type(error_of(status, headers, b"{}")) is expected


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7", "x-ratelimit-reset": "2"}, 7.0),
        ({"x-ratelimit-reset": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "x-ratelimit-reset": "2"}, 2.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "1e300"}, LONGEST_WAIT_S),
        ({}, None),
    ],
)
def test_the_wait_is_what_pipedrive_says_within_reason(headers: dict[str, str], wait: float | None) -> None:
    trouble = error_of(429, headers, b"")
    assert isinstance(trouble, RateLimited)
    assert trouble.retry_after == wait


@pytest.mark.parametrize(
    ("error", "usual_s", "wait_s"),
    [
        (TemporaryFailure("503", http_status=503), 1, 1),
        (Unsent("no connection"), 1, 1),
        (Unsure("no answer"), 1, 15),
        (Unsure("no answer"), 60, 60),
        (TooManyCalls("429", retry_after=7.0), 1, 7),
        (TooManyCalls("429", retry_after=None), 5, 5),
    ],
)
def test_a_write_without_an_answer_is_repeated_when_it_can_be_read(
    error: AppError, usual_s: int, wait_s: int
) -> None:
    assert wait_to_repeat(error, timedelta(seconds=usual_s)) == timedelta(seconds=wait_s)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b'{"error": "invalid_grant", "message": "secret"}',
            "Pipedrive answered 400 invalid_grant",
        ),
        (b'{"error": "unauthorized access: secret"}', "Pipedrive answered 400"),
        (b"<html>secret", "Pipedrive answered 400"),
        (b"[1]", "Pipedrive answered 400"),
        (b"[" * 100_000, "Pipedrive answered 400"),
        (b"", "Pipedrive answered 400"),
    ],
)
def test_the_words_repeat_nothing_but_a_short_code(body: bytes, words: str) -> None:
    assert str(error_of(400, JSON, body)) == words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "connect Pipedrive again"),
        (402, "closed or unpaid"),
        (403, "Pipedrive admin"),
        (429, "in a few minutes"),
    ],
)
def test_a_person_reads_what_to_do_next(status: int, words: str) -> None:
    assert words in error_of(status, JSON, b'{"error": "secret"}').user_message
