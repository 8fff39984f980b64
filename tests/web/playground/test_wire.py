"""The small HTTP server: keep-alive, delayed responses that block nobody, bad requests, clean ends."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from web.playground.wire import BODY_LIMIT, Answer, Request, Server, answer_json


def _echo(request: Request) -> Answer:
    return answer_json({"path": request.path, "query": request.query, "size": len(request.body)})


def _raw(port: int, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.02)
        return line.recv(65536)


def test_a_request_is_read_whole_with_its_path_and_query_unquoted() -> None:
    with Server(_echo) as server:
        seen = httpx.post(f"{server.url}/a%20b?x=1%2B1&y=", content=b"12345").json()
    assert seen == {"path": "/a b", "query": {"x": "1+1", "y": ""}, "size": 5}


def test_one_connection_serves_many_requests() -> None:
    with Server(_echo) as server, httpx.Client(base_url=server.url) as client:
        sizes = [client.post("/", content=b"x" * size).json()["size"] for size in range(50)]
        assert len(server.connections) == 1
    assert sizes == list(range(50))


def test_a_body_may_come_in_pieces_and_two_requests_in_one() -> None:
    with Server(_echo) as server:
        head = b"POST /p HTTP/1.1\r\nContent-Length: 6\r\n\r\n"
        assert b'"size": 6' in _raw(server.port, head[:20], head[20:] + b"abc", b"def")
        both = _raw(server.port, head + b"abcdef" + b"GET /q HTTP/1.1\r\nConnection: close\r\n\r\n", b"")
        assert both.count(b"200 OK") == 2


def test_late_answers_wait_side_by_side() -> None:
    with Server(lambda _: Answer(delay=1)) as server:
        started = time.monotonic()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: httpx.get(server.url).status_code, range(20)))
    assert answers == [200] * 20
    assert time.monotonic() - started < 15  # one after the other would take 20


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / SPDY/3\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), b"413"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"431"),
    ],
)
def test_what_is_no_request_is_refused(head: bytes, status: bytes) -> None:
    with Server(_echo) as server:
        assert _raw(server.port, head).split()[1] == status


def test_a_dropped_answer_cuts_the_line_and_a_hanging_one_never_comes() -> None:
    with Server(lambda _: Answer(drop=True)) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)
    with Server(lambda _: Answer(hang=True)) as server, pytest.raises(httpx.ReadTimeout):
        httpx.get(server.url, timeout=0.3)


def test_a_failing_handler_is_a_500_and_not_a_hang(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Request) -> Answer:
        raise RuntimeError("broken on purpose")

    with Server(broken) as server:
        assert httpx.get(server.url).status_code == 500
    assert "broken on purpose" in caplog.text


def test_a_taken_port_says_so() -> None:
    with Server(_echo) as server:
        second = Server(_echo, server.port)
        with pytest.raises(OSError, match="in use"):
            second.start()
        second.close()
