"""Runs a WSGI app for a request whose body is complete; its response is collected, unless it is streamed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from web.incoming.request import FullResponse, IncomingRequest, StreamedResponse

UNPREFIXED: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
STREAMED: Final = ("X-Streamed", "yes")  # a header that never leaves this process
# Made by the server for one connection; a body is complete here, and has its true length.
OF_THE_CONNECTION: Final = frozenset({"transfer-encoding", "content-length", "connection"})


def environ_of(request: IncomingRequest, body: bytes) -> WSGIEnvironment:
    """Return the WSGI environment (PEP 3333) of a request."""
    scope = request.scope
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": request.peer,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # `X_Forwarded_For` would look like `X-Forwarded-For` here; nginx drops such names, too.
        if "_" not in name and name not in OF_THE_CONNECTION:
            _add(environ, UNPREFIXED.get(name) or f"HTTP_{name.upper().replace('-', '_')}", value)
    return environ | {"CONTENT_LENGTH": str(len(body))}


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    """Join headers that are there several times (RFC 9110 5.3; RFC 6265 5.4 for cookies)."""
    before = environ.get(name)
    joint = "; " if name == "HTTP_COOKIE" else ","
    environ[name] = value if before is None else f"{before}{joint}{value}"


def respond(app: WSGIApplication, environ: WSGIEnvironment) -> FullResponse | StreamedResponse:
    """Return the whole response of a WSGI app; one that it marks with STREAMED is returned in pieces."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        started.append((status, headers))

    start: StartResponse = start_response
    pieces: Iterable[bytes] = app(environ, start)
    close: Callable[[], object] = getattr(pieces, "close", _nothing)
    if started and STREAMED in started[-1][1]:
        status, headers = started[-1]
        kept = [each for each in headers if each != STREAMED]
        return StreamedResponse(int(status[:3]), kept, iter(pieces), close)
    try:
        body = b"".join(pieces)
    finally:
        close()
    status, headers = started[-1]
    return FullResponse(int(status[:3]), headers, body)


def _nothing() -> None:
    """Close what has no way to be closed."""
