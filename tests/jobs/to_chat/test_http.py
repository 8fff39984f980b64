"""The connection to Chat: what drops is not sent again, and an idle connection that ended is reopened."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import RemoteDisconnected

import pytest

from jobs.to_chat.http import Http
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@contextmanager
def _server(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Answer one request on each connection, with nothing where the answer is empty, and hang up."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            for answer in answers:
                try:
                    caller, _ = door.accept()
                except OSError:
                    return  # the test is over, and with it the door
                with caller:
                    heard.append(_request(caller))
                    caller.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/", heard
        if len(heard) == len(answers):
            thread.join(5)


@contextmanager
def _keeping_server() -> Iterator[str]:
    """Answer three requests on one connection."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            caller, _ = door.accept()
            with caller:
                for _ in range(3):
                    _request(caller)
                    caller.sendall(ANSWER)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"


def _request(caller: socket.socket) -> bytes:
    """Read a request with its body: hanging up on unread bytes would reset the connection."""
    said = b""
    while not said.endswith(b"\r\n\r\n{}"):
        said += caller.recv(65536)
    return said


def test_a_request_without_an_answer_is_not_sent_again() -> None:
    with _server(b"", ANSWER) as (url, heard):
        with pytest.raises(RemoteDisconnected):
            Http(timeout=5).request(url, "POST", body="{}")
        assert len(heard) == 1


def test_a_connection_that_ended_while_idle_is_opened_anew() -> None:
    with _server(ANSWER, ANSWER) as (url, heard):
        http = Http(timeout=5)
        said = []
        for _ in range(2):
            said.append(http.request(url, "POST", body="{}")[1])
            _until_closed(http)
        http.close()
    assert (said, len(heard)) == ([b"ok", b"ok"], 2)


def _until_closed(http: Http) -> None:
    (conn,) = http.connections.values()
    assert conn.sock.recv(1, socket.MSG_PEEK) == b""


@pytest.mark.parametrize("beginning", [b"", HEADERS, BODY, CHUNK_SIZE, UNTIL_CLOSED])
def test_who_drips_is_cut_off_in_time(beginning: bytes) -> None:
    with dripping(beginning) as url:
        http = Http(timeout=LIMIT_S)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            http.request(url, "POST", body="{}")
        assert time.monotonic() - began < MOST_S
        assert http.connections == {}, "what still comes is no answer to the next request"


def test_each_request_on_a_connection_has_the_whole_time() -> None:
    with _keeping_server() as url:
        http = Http(timeout=1)
        for _ in range(3):
            assert http.request(url, "POST", body="{}")[1] == b"ok"
            time.sleep(0.4)
        http.close()
