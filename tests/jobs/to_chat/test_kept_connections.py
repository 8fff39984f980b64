"""Connections that stay open: every kind of answer, one request each, nothing sent twice, an end in time."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest
import uvloop

from jobs.to_chat import kept_connections
from jobs.to_chat.kept_connections import KeptConnections, Reply
from tests.jobs.loops import run_alone
from tests.jobs.to_chat.scripted_server import CLOSES, NOTHING, OK, ScriptedServer, scripted
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping
from tests.jobs.to_servers.tls import certificate

LATE_S = 0.3


def post_to(*script: bytes, times: int = 1, timeout_s: float = 10.0) -> tuple[list[Reply], ScriptedServer]:
    """Post so many times, one after the other, to a server with a script; return its answers, and it."""

    async def run() -> tuple[list[Reply], ScriptedServer]:
        async with scripted(*script) as server:
            client = KeptConnections(server.url, None, timeout_s)
            try:
                return [await client.post("/v1/a?b=c", {"X": "y"}, b"body") for _ in range(times)], server
            finally:
                await client.close()

    return run_alone(run(), uvloop.run)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"{}"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab|cd", 200, b"abcd"),
        (b"HTTP/1.1 2|00 OK\r\ncontent-|length: 2\r\n\r|\n{}", 200, b"{}"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n|1\r\nc\r\n0\r\n\r\n",
            200,
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the |end", 200, b"to the end"),
        (b"HTTP/1.0 503 Busy\r\n\r\n<html>", 503, b"<html>"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 308 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", 308, b""),
    ],
)
def test_every_kind_of_answer_is_read(answer: bytes, status: int, body: bytes) -> None:
    (reply,), server = post_to(answer)
    assert (reply[0], reply[2]) == (status, body)
    assert server.connections == len(server.requests) == 1


def test_a_request_is_what_the_server_expects() -> None:
    _, server = post_to(OK)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "POST /v1/a?b=c HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: pipenotify",
        "Content-Type: application/json",
        "X: y",
        "Content-Length: 4",
    ]
    assert body == b"body"


def test_names_of_headers_are_in_small_letters() -> None:
    (reply,), _ = post_to(b"HTTP/1.1 429 Slow\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n")
    assert reply[1]["retry-after"] == "9"


def test_a_connection_is_used_again_unless_the_server_closes_it() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    _, server = post_to(OK, OK, closing, OK, times=4)
    assert server.connections == 2


def test_requests_at_the_same_time_have_connections_of_their_own() -> None:
    async def run() -> int:
        async with scripted(*[OK] * 20) as server:
            client = KeptConnections(server.url, None, 10.0)
            await asyncio.gather(*(client.post("/", {}, b"") for _ in range(10)))
            await asyncio.gather(*(client.post("/", {}, b"") for _ in range(10)))
            await client.close()
            return server.connections

    assert run_alone(run(), uvloop.run) == 10


def test_a_connection_that_was_idle_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "IDLE_S", 0.0)
    _, server = post_to(OK, OK, times=2)
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (CLOSES, "the server closed it"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{}", "the server closed it"),
        (b"HTTP/1.1 20", "the server closed it"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no answer of HTTP"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc", "no answer of HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000, "too long"),
    ],
    ids=["closed", "cut", "cut head", "another protocol", "an upgrade", "too long"],
)
def test_what_is_no_answer_is_an_error_and_sent_once(answer: bytes, words: str) -> None:
    async def run() -> ScriptedServer:
        async with scripted(answer) as server:
            client = KeptConnections(server.url, None, 10.0)
            with pytest.raises(ConnectionError, match=words):
                await client.post("/", {}, b"")
            await client.close()
            return server

    assert len(run_alone(run(), uvloop.run).requests) == 1


@pytest.mark.parametrize("answer", [NOTHING, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_a_server_that_falls_silent_ends_in_time(answer: bytes) -> None:
    with pytest.raises(TimeoutError, match="no answer within"):
        post_to(answer, OK, timeout_s=LATE_S)


@pytest.mark.parametrize("beginning", [b"", HEADERS, BODY, CHUNK_SIZE])
def test_who_drips_is_cut_off_in_time(beginning: bytes) -> None:
    async def run(url: str) -> None:
        client = KeptConnections(url, None, LIMIT_S)
        with pytest.raises((TimeoutError, ConnectionError)):
            await client.post("/", {}, b"")
        await client.close()

    with dripping(beginning) as url:
        began = time.monotonic()
        run_alone(run(url), uvloop.run)
        assert time.monotonic() - began < MOST_S


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next() -> None:
    replies, server = post_to(OK + b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n", OK, times=2)
    assert [status for status, _, _ in replies] == [200, 200]
    assert server.connections == 2


def test_a_connection_on_which_something_comes_unasked_is_not_used() -> None:
    async def run() -> tuple[int, int]:
        async with scripted(OK + b"|HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n", OK) as server:
            client = KeptConnections(server.url, None, 10.0)
            await client.post("/", {}, b"")
            while client._idle:  # noqa: ASYNC110 - the server tells nobody when it is lost
                await asyncio.sleep(0.01)
            status, _, _ = await client.post("/", {}, b"")
            await client.close()
            return status, server.connections

    assert run_alone(run(), uvloop.run) == (200, 2)


def test_one_that_is_given_up_leaves_no_answer_for_the_next() -> None:
    async def run() -> list[int]:
        async with scripted(NOTHING, OK) as server:
            client = KeptConnections(server.url, None, 10.0)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.post("/", {}, b""), LATE_S)
            status, _, _ = await client.post("/", {}, b"")
            await client.close()
            return [status, server.connections]

    assert run_alone(run(), uvloop.run) == [200, 2]


def test_a_server_that_is_not_there_is_an_error() -> None:
    async def run() -> None:
        await KeptConnections("http://127.0.0.1:9", None, 10.0).post("/", {}, b"")

    with pytest.raises(ConnectionRefusedError):
        run_alone(run(), uvloop.run)


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\nb", "\n", "a\rb"])
def test_no_header_of_another_making_gets_in(value: str) -> None:
    async def run() -> ScriptedServer:
        async with scripted(OK) as server:
            client = KeptConnections(server.url, None, 10.0)
            with pytest.raises(ValueError, match="line break"):
                await client.post("/", {"X": value}, b"")
            with pytest.raises(ValueError, match="line break"):
                await client.post(f"/{value}", {}, b"")
            return server

    assert run_alone(run(), uvloop.run).requests == []


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_spoken_with_whom_is_trusted_alone(tmp_path: Path, is_trusted: bool) -> None:
    file = certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    ours = ssl.create_default_context(cafile=str(file) if is_trusted else None)

    async def run() -> int:
        async with scripted(OK, tls=theirs) as server:
            client = KeptConnections(f"https://127.0.0.1:{server.port}", ours, 10.0)
            try:
                return (await client.post("/", {}, b"x" * 30_000))[0]
            finally:
                await client.close()

    if is_trusted:
        assert run_alone(run(), uvloop.run) == 200
        return
    with pytest.raises(ssl.SSLCertVerificationError):
        run_alone(run(), uvloop.run)
