"""JSON of scripts: what is read, and what is refused in words."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from web.incoming.json_body import MOST_BYTES, read_json

pytestmark = pytest.mark.unit


@pytest.fixture
def app() -> Flask:
    return Flask(__name__)


def test_json_is_read(app: Flask) -> None:
    with app.test_request_context(method="POST", data=b'{"code": "c"}'):
        assert read_json() == {"code": "c"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 2000 + b"]" * 2000])
def test_what_is_no_json_is_refused_in_words(app: Flask, body: bytes) -> None:
    with app.test_request_context(method="POST", data=body), pytest.raises(BadRequest, match="no JSON"):
        read_json()


def test_a_large_body_is_refused_unparsed(app: Flask) -> None:
    with (
        app.test_request_context(method="POST", data=b"[" * (MOST_BYTES + 1)),
        pytest.raises(RequestEntityTooLarge),
    ):
        read_json()
