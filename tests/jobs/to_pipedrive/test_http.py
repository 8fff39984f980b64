"""HTTP to Pipedrive: limited in time and size, and without secrets in logs."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from jobs.to_pipedrive import http
from jobs.to_pipedrive.errors import CallsPaused, PipedriveRefused, TooManyCalls, Unauthorized, Unsent, Unsure
from jobs.to_pipedrive.http import MOST_BYTES, Call, PipedriveWire
from models.errors import AppError, RateLimited, TemporaryFailure
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping
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
    return wire.call(Call("GET", f"{origin}/v1/users", {"limit": 1}), "secret", timeout_s)


def write(wire: PipedriveWire, origin: str, timeout_s: float = 5.0) -> object:
    return wire.call(Call("POST", f"{origin}/v1/notes", body={"content": "<b>ž</b>"}), "secret", timeout_s)


def test_a_good_answer_is_its_object(wire: PipedriveWire, serve: Serve, seen: list[Request]) -> None:
    assert get(wire, serve(answer_json({"data": [1]}))) == {"data": [1]}
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert seen[0].query == {"limit": "1"}


def test_a_redirect_is_not_followed_with_our_token(
    wire: PipedriveWire, serve: Serve, seen: list[Request]
) -> None:
    elsewhere = serve(answer_json({}))
    with pytest.raises(TemporaryFailure):
        get(wire, serve(Answer(302, b"", {"Location": elsewhere})))
    assert len(seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[1]", b'"x"', b"null", b"\xff\xfe", b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_an_unreadable_answer_is_a_failure_to_try_again(
    wire: PipedriveWire, serve: Serve, body: bytes
) -> None:
    with pytest.raises(TemporaryFailure):
        get(wire, serve(Answer(200, body)))


def test_an_answer_over_5_mb_is_cut_off(wire: PipedriveWire, serve: Serve) -> None:
    with pytest.raises(TemporaryFailure, match="5 MB"):
        get(wire, serve(Answer(200, b" " * (MOST_BYTES + 1))))


def test_silence_ends_with_the_timeout(wire: PipedriveWire, serve: Serve) -> None:
    start = time.monotonic()
    with pytest.raises(TemporaryFailure):
        get(wire, serve(Answer(hang=True)), 0.3)
    assert time.monotonic() - start < 8.0


@pytest.mark.parametrize("beginning", [b"", HEADERS, BODY, CHUNK_SIZE])
def test_who_drips_is_cut_off_in_time(wire: PipedriveWire, beginning: bytes) -> None:
    with dripping(beginning) as origin:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="ReadTimeout"):
            get(wire, origin, LIMIT_S)
        with pytest.raises(Unsure, match="ReadTimeout"):
            write(wire, origin, LIMIT_S)
        assert time.monotonic() - began < MOST_S


def test_a_token_endpoint_that_drips_is_cut_off_in_time(
    wire: PipedriveWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", LIMIT_S)
    with dripping(HEADERS) as origin:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="ReadTimeout"):
            wire.post(f"{origin}/oauth/token", {"grant_type": "refresh_token"}, {})
        assert time.monotonic() - began < MOST_S


def test_nobody_there_is_a_failure_without_secrets(wire: PipedriveWire) -> None:
    with pytest.raises(TemporaryFailure) as told:
        get(wire, f"http://127.0.0.1:{free_port()}")
    assert str(told.value) == "Pipedrive: ConnectError"


def test_a_cut_connection_is_a_failure(wire: PipedriveWire, serve: Serve) -> None:
    with pytest.raises(TemporaryFailure):
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


def test_a_write_is_json(wire: PipedriveWire, serve: Serve, seen: list[Request]) -> None:
    assert write(wire, serve(answer_json({"data": {"id": 1}}, 201))) == {"data": {"id": 1}}
    assert seen[0].method == "POST"
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert seen[0].json() == {"content": "<b>ž</b>"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null"])
def test_a_write_that_was_done_is_done_whatever_the_answer_looks_like(
    wire: PipedriveWire, serve: Serve, body: bytes
) -> None:
    assert write(wire, serve(Answer(201, body))) == {}


@pytest.mark.parametrize(
    "answer",
    [Answer(500), Answer(503), Answer(drop=True), Answer(hang=True), Answer(200, b" " * (MOST_BYTES + 1))],
    ids=["500", "503", "cut", "silence", "endless"],
)
def test_a_write_without_a_good_answer_may_have_been_done(
    wire: PipedriveWire, serve: Serve, seen: list[Request], answer: Answer
) -> None:
    with pytest.raises(Unsure) as told:
        write(wire, serve(answer), 0.5)
    assert "before you try again" in told.value.user_message
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(302, b"", {"Location": "/"}), TemporaryFailure),
        (answer_json({"error": "Bad request"}, 400), PipedriveRefused),
        (answer_json({}, 401), Unauthorized),
        (answer_json({}, 429), TooManyCalls),
    ],
    ids=["redirect", "400", "401", "429"],
)
def test_a_refused_write_was_surely_not_done(
    wire: PipedriveWire, serve: Serve, answer: Answer, expected: type[AppError]
) -> None:
    with pytest.raises(expected) as told:
        write(wire, serve(answer))
    assert type(told.value) is expected


def test_a_write_to_nobody_was_surely_not_done(wire: PipedriveWire) -> None:
    with pytest.raises(Unsent) as told:
        write(wire, f"http://127.0.0.1:{free_port()}")
    assert "nothing was written" in told.value.user_message


def test_after_a_429_the_token_rests_and_others_go_on(
    wire: PipedriveWire, serve: Serve, seen: list[Request]
) -> None:
    origin = serve(answer_json({}, 429, {"x-ratelimit-reset": "9"}))
    with pytest.raises(RateLimited):
        get(wire, origin)
    with pytest.raises(CallsPaused) as held:
        get(wire, origin, 1.0)
    assert len(seen) == 1
    assert held.value.retry_after is not None
    assert 0 < held.value.retry_after <= 9
    with pytest.raises(RateLimited) as other:
        wire.call(Call("GET", f"{origin}/v1/users"), "another", 1.0)
    assert not isinstance(other.value, CallsPaused)


def test_what_is_left_of_the_moment_is_heeded_before_the_limit_is_hit(
    wire: PipedriveWire, serve: Serve, seen: list[Request]
) -> None:
    origin = serve(answer_json({}, 200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}))
    assert get(wire, origin) == {}
    with pytest.raises(CallsPaused):
        get(wire, origin, 1.0)
    assert len(seen) == 1


def test_a_form_is_posted_as_a_form() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        return httpx.Response(200, json={"said": request.content.decode()})

    wire = PipedriveWire(httpx.MockTransport(handle))
    assert wire.post("https://oauth.example/oauth/token", {"a": "b c"}, {}) == {"said": "a=b+c"}
    wire.close()


def test_a_form_may_be_answered_with_nothing() -> None:
    wire = PipedriveWire(httpx.MockTransport(lambda _: httpx.Response(200)))
    assert wire.post("https://oauth.example/oauth/revoke", {"a": "b"}, {}) == {}
    wire.close()
