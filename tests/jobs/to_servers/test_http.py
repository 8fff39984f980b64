"""A request ends in time, whatever its server does; connections are used again, and TLS is checked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from jobs.to_servers import transport
from jobs.to_servers.http import HttpClient, ReplyTooLong, ServerReply
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping
from tests.jobs.to_servers.tls import certificate

TEXT = b"hello " * 20_000


class Greeter(ThreadingHTTPServer):
    """Answers with a text, and counts its connections."""

    daemon_threads = True
    connections = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _greeter(tls: Path | None = None) -> Iterator[Greeter]:
    with Greeter(("127.0.0.1", 0), _Answer) as server:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def _post(client: HttpClient, url: str, most_bytes: int = len(TEXT)) -> ServerReply:
    return client.send(client.build_request("POST", url, content=bytes(200_000)), MOST_S, most_bytes)


@pytest.mark.parametrize("beginning", [b"", HEADERS, BODY, CHUNK_SIZE])
def test_who_drips_is_cut_off_in_time(beginning: bytes) -> None:
    with dripping(beginning) as url, HttpClient() as client:
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            client.send(client.build_request("GET", url), LIMIT_S, most_bytes=1000)
        assert time.monotonic() - began < MOST_S


@pytest.mark.parametrize(("keeps_connections", "connections"), [(True, 1), (False, 3)])
def test_a_connection_is_used_again_where_it_is_kept(keeps_connections: bool, connections: int) -> None:
    with _greeter() as server, HttpClient(keeps_connections=keeps_connections) as client:
        replies = [_post(client, f"http://127.0.0.1:{server.server_port}/") for _ in range(3)]
        assert [(reply.status, reply.body) for reply in replies] == [(200, TEXT)] * 3
        assert server.connections == connections


def test_a_body_that_is_too_long_is_refused_and_its_status_known() -> None:
    with _greeter() as server, HttpClient() as client, pytest.raises(ReplyTooLong) as refused:
        _post(client, f"http://127.0.0.1:{server.server_port}/", len(TEXT) - 1)
    assert refused.value.status == 200


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_spoken_with_whom_is_trusted_alone(
    tmp_path: Path, is_trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    if is_trusted:
        monkeypatch.setattr(transport, "trusted", lambda: ssl.create_default_context(cafile=str(file)))
    with _greeter(file) as server, HttpClient() as client:
        url = f"https://127.0.0.1:{server.server_port}/"
        if is_trusted:
            assert [_post(client, url).body for _ in range(2)] == [TEXT] * 2
            assert server.connections == 1
        else:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                _post(client, url)


def test_a_handshake_that_drips_is_cut_off_in_time() -> None:
    with dripping(b"\x16\x03\x03\x30\x00") as url, HttpClient() as client:
        began = time.monotonic()
        with pytest.raises(httpx.ConnectTimeout):
            client.send(client.build_request("GET", url.replace("http:", "https:")), LIMIT_S)
        assert time.monotonic() - began < MOST_S


def test_nobody_there_is_an_error_of_httpx() -> None:
    with HttpClient() as client, pytest.raises(httpx.ConnectError):
        client.send(client.build_request("GET", "http://127.0.0.1:9/"), MOST_S)
