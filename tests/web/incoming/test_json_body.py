"""JSON that scripts send: deep or large JSON is refused in words, and only read for people who are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from models.database.engine import Database
from tests.web.browser import BASE
from tests.web.consenting import ADA, CALLBACK, Bench, bench
from web.incoming.json_body import MOST_BYTES, read_json

DEEP = b'{"a":' * 150_000 + b"1" + b"}" * 150_000
REFUSED = [
    (DEEP[:30_000], 400),
    (b"[" * 60_000, 400),
    (b"{", 400),
    (b"\xff", 400),
    (b'"' + b"x" * MOST_BYTES, 413),
    (DEEP, 413),
]


@pytest.fixture
def deps(database: Database, database_url: str, tmp_path: Path) -> Iterator[Bench]:
    with bench(database, database_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize(("raw", "status"), REFUSED)
def test_json_that_cannot_be_read_says_why(raw: bytes, status: int) -> None:
    with Flask(__name__).test_request_context(method="POST", data=raw):
        with pytest.raises(HTTPException) as refused:
            read_json()
        assert refused.value.code == status


def test_json_of_a_usual_size_is_read() -> None:
    with Flask(__name__).test_request_context(method="POST", data=b'{"a": [1]}'):
        assert read_json() == {"a": [1]}


@pytest.mark.parametrize(("raw", "status"), REFUSED)
def test_the_oauth_callback_reads_json_only_of_people_who_are_known(
    deps: Bench, raw: bytes, status: int
) -> None:
    how: Any = {"data": raw, "content_type": "application/json", "base_url": BASE}

    assert deps.browser(ADA).client.post(CALLBACK, **how).status_code == status
    assert deps.browser().client.post(CALLBACK, **how).status_code == 401
    assert deps.asked() == 0
