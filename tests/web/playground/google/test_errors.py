"""Errors have the form of every Google API."""

import json

import pytest

from web.playground.google.errors import envelope


@pytest.mark.parametrize(
    ("code", "status"),
    [(400, "INVALID_ARGUMENT"), (409, "ALREADY_EXISTS"), (429, "RESOURCE_EXHAUSTED"), (418, "UNKNOWN")],
)
def test_an_error_carries_its_code_twice_and_its_status(code: int, status: str) -> None:
    answer = envelope(code, "why", {"Retry-After": "3"})
    assert answer.status == code
    assert json.loads(answer.body) == {"error": {"code": code, "message": "why", "status": status}}
    assert answer.headers["Retry-After"] == "3"
