"""Requests as WSGI apps get them: no header can pose as another, and bodies have their true length."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.rsgi import Channel, Scope
from web.incoming.request import IncomingRequest, StreamedResponse
from web.incoming.wsgi import STREAMED, environ_of, respond


def _environ(
    path: str = "/", headers: Any = (), body: bytes = b"", peer: str = "192.0.2.1"
) -> dict[str, Any]:
    request = IncomingRequest(Scope("POST", path, headers, query="a=%20b", peer=peer), Channel(body))
    return environ_of(request, body)


def test_the_environment_is_that_of_pep_3333() -> None:
    found = _environ("/é/x", [("Content-Type", "text/plain"), ("X-A", "1")], b"abc", "::1")

    assert found["PATH_INFO"].encode("latin-1").decode() == "/é/x"
    assert (found["QUERY_STRING"], found["REMOTE_ADDR"]) == ("a=%20b", "::1")
    assert (found["CONTENT_TYPE"], found["CONTENT_LENGTH"], found["HTTP_X_A"]) == ("text/plain", "3", "1")
    assert found["wsgi.input"].read() == b"abc"


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([("x_forwarded_for", "9"), ("x-forwarded-for", "1")], "HTTP_X_FORWARDED_FOR", "1"),
        ([("x-forwarded-for", "1"), ("x-forwarded-for", "2")], "HTTP_X_FORWARDED_FOR", "1,2"),
        ([("cookie", "a=1"), ("cookie", "b=2")], "HTTP_COOKIE", "a=1; b=2"),
        ([("content-length", "99"), ("transfer-encoding", "chunked")], "CONTENT_LENGTH", "0"),
        ([("transfer-encoding", "chunked")], "HTTP_TRANSFER_ENCODING", None),
        ([("content_length", "99")], "HTTP_CONTENT_LENGTH", None),
    ],
)
def test_no_header_can_pose_as_another(headers: Any, name: str, value: str | None) -> None:
    assert _environ(headers=headers).get(name) == value


def test_a_response_is_collected_and_closed() -> None:
    class Pieces(list[bytes]):
        is_closed = False

        def close(self) -> None:
            self.is_closed = True

    pieces = Pieces([b"a", b"b"])

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("404 Not Found", [("X-A", "1")])
        return pieces

    assert respond(app, {}) == (404, [("X-A", "1")], b"ab")
    assert pieces.is_closed


def test_a_response_that_asks_for_it_is_made_while_it_is_sent() -> None:
    made: list[bytes] = []

    def pieces() -> Any:
        for each in (b"a", b"b"):
            made.append(each)
            yield each

    def app(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-A", "1"), STREAMED])
        return pieces()

    found = respond(app, {})
    assert isinstance(found, StreamedResponse)
    assert (found.status, found.headers, made) == (200, [("X-A", "1")], [])
    assert (next(found.pieces), made) == (b"a", [b"a"])
    found.close()
