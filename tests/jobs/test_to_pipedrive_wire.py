"""The wire to Pipedrive: bounded, and silent about secrets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from jobs.to_pipedrive_wire import MOST_BYTES, PipedriveWire
from models.errors import Deliverable, RateLimited
from web.playground.wire import Answer, Request, Server, answer_json, free_port

Serve = Callable[[Answer], str]


@pytest.fixture
def wire() -> Iterator[PipedriveWire]:
    made = PipedriveWire()
    yield made
    made.close()


@pytest.fixture
def seen() -> list[Request]:
    return []


@pytest.fixture
def serve(seen: list[Request]) -> Iterator[Serve]:
    """Start servers that answer every request alike."""
    servers: list[Server] = []

    def start(answer: Answer) -> str:
        def handle(request: Request) -> Answer:
            seen.append(request)
            return answer

        servers.append(Server(handle))
        servers[-1].start()
        return servers[-1].url

    yield start
    for server in servers:
        server.close()


def get(wire: PipedriveWire, origin: str, timeout_s: float = 5.0) -> object:
    return wire.get(f"{origin}/v1/users", {"limit": 1}, {"Authorization": "Bearer secret"}, timeout_s)


def test_a_good_answer_is_its_object(wire: PipedriveWire, serve: Serve, seen: list[Request]) -> None:
    assert get(wire, serve(answer_json({"data": [1]}))) == {"data": [1]}
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert seen[0].query == {"limit": "1"}


def test_a_redirect_is_not_followed_with_our_token(
    wire: PipedriveWire, serve: Serve, seen: list[Request]
) -> None:
    elsewhere = serve(answer_json({}))
    with pytest.raises(Deliverable):
        get(wire, serve(Answer(302, b"", {"Location": elsewhere})))
    assert len(seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[1]", b'"x"', b"null", b"\xff\xfe", b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_an_unreadable_answer_is_a_failure_to_try_again(
    wire: PipedriveWire, serve: Serve, body: bytes
) -> None:
    with pytest.raises(Deliverable):
        get(wire, serve(Answer(200, body)))


def test_an_answer_over_5_mb_is_cut_off(wire: PipedriveWire, serve: Serve) -> None:
    with pytest.raises(Deliverable, match="5 MB"):
        get(wire, serve(Answer(200, b" " * (MOST_BYTES + 1))))


def test_silence_ends_with_the_timeout(wire: PipedriveWire, serve: Serve) -> None:
    start = time.monotonic()
    with pytest.raises(Deliverable):
        get(wire, serve(Answer(hang=True)), 0.3)
    assert time.monotonic() - start < 2.0


def test_who_drips_is_cut_off_in_time(wire: PipedriveWire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        start = time.monotonic()
        with pytest.raises(Deliverable):
            get(wire, f"http://127.0.0.1:{listener.getsockname()[1]}", 0.4)
        assert time.monotonic() - start < 2.0


def _drip(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                client.sendall(b" ")
                time.sleep(0.1)
        except OSError:
            return


def test_nobody_there_is_a_failure_without_secrets(wire: PipedriveWire) -> None:
    with pytest.raises(Deliverable) as told:
        get(wire, f"http://127.0.0.1:{free_port()}")
    assert str(told.value) == "Pipedrive: ConnectError"


def test_a_cut_connection_is_a_failure(wire: PipedriveWire, serve: Serve) -> None:
    with pytest.raises(Deliverable):
        get(wire, serve(Answer(drop=True)))


def test_the_guard_in_front_of_pipedrive_asks_to_wait(wire: PipedriveWire, serve: Serve) -> None:
    page = Answer(403, b"<html>Attention Required! | Cloudflare", {"Content-Type": "text/html"})
    with pytest.raises(RateLimited):
        get(wire, serve(page))


def test_proxy_variables_are_ignored(
    wire: PipedriveWire, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    proxied = PipedriveWire()
    try:
        assert get(proxied, serve(answer_json({}))) == {}
    finally:
        proxied.close()


def test_a_form_is_posted_as_a_form() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        return httpx.Response(200, json={"said": request.content.decode()})

    wire = PipedriveWire(httpx.MockTransport(handle))
    assert wire.post("https://oauth.example/oauth/token", {"a": "b c"}, {}) == {"said": "a=b+c"}
    wire.close()
