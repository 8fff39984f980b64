"""A stream stays open without a thread, goes on where it was, and ends when its token does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from flask import Flask, Response, request

from models.database.engine import Database
from models.errors import AppError
from models.security.vault import Vault
from tests.web.door import Door
from tests.web.rsgi import Channel, Scope, Streamed, run
from web.front import Front
from web.incoming import event_streams
from web.incoming.event_streams import GOES_ON, MOST_OF_ONE, PATH
from web.incoming.refusals import raise_refusal

ACCEPT = ("accept", "text/event-stream")


class Site:
    """An app whose stream has one more item at each reading, up to `most`; then its token is over."""

    def __init__(self, door: Door, most: int = 3) -> None:
        self.most, self.asked = most, list[tuple[str, bool]]()
        app = Flask(__name__)
        app.add_url_rule(PATH, view_func=self._read)
        app.before_request(raise_refusal)
        app.register_error_handler(AppError, lambda error: ("", error.status))
        self.front = Front(door.app, app, lambda _authorization: False)

    def _read(self) -> Response | tuple[Any, int]:
        after = request.args.get("after", "0")
        self.asked.append((after, GOES_ON in request.environ))
        number = int(after) + 1
        if number > self.most:
            return {"code": "TOKEN_EXPIRED", "error": "The token is over."}, 401
        item = {
            "id": str(number),
            "type": "lead:created",
            "at": "2026-11-28T09:00:00Z",
            "data": {"n": number},
        }
        return Response(
            orjson.dumps({"data": {"items": [item], "after": str(number)}}), mimetype="application/json"
        )


class Open(Channel):
    """A client whose stream has begun once `begun` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        self.begun.set()
        return super().response_stream(status, headers)


class Leaving(Channel):
    """A client that is gone when the second piece comes."""

    class Stream(Streamed):
        async def send_bytes(self, data: bytes) -> None:
            if self.pieces:
                raise RuntimeError(len(data))
            await super().send_bytes(data)

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        return self.Stream(self, status, headers)


class Gone(Channel):
    """A client that is gone before its stream begins."""

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        self.answers.append((status, headers, b""))
        raise RuntimeError(status)


@pytest.fixture
def site(database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(event_streams, "EVERY_S", 0.0)
    return Site(Door(database, vault))


def follow(site: Site, *headers: tuple[str, str], channel: Channel | None = None) -> Channel:
    channel = channel or Channel()
    run(site.front(Scope("GET", PATH, [ACCEPT, *headers]), channel))
    return channel


def test_a_stream_says_each_thing_once_and_ends_with_its_token(site: Site) -> None:
    ((status, headers, body),) = follow(site).answers

    frames = body.decode().split("\n\n")
    assert (status, dict(headers)["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert [frame.splitlines()[0] for frame in frames[:4]] == ["retry: 2000", "id: 1", "id: 2", "id: 3"]
    assert frames[1].splitlines()[1] == "event: lead:created"
    assert orjson.loads(frames[1].splitlines()[2].removeprefix("data: "))["data"] == {"n": 1}
    assert "event: error" in frames[4]
    assert "TOKEN_EXPIRED" in frames[4]


def test_readings_of_an_open_stream_are_no_requests_of_their_own(site: Site) -> None:
    follow(site)
    assert site.asked == [("0", False), ("1", True), ("2", True), ("3", True)]


def test_a_client_that_connects_again_goes_on_where_it_was(site: Site) -> None:
    follow(site, ("last-event-id", "2"))
    assert [after for after, _ in site.asked] == ["2", "3"]


def test_a_refusal_is_answered_as_to_every_request(site: Site) -> None:
    site.most = 0
    ((status, headers, _),) = follow(site).answers
    assert (status, dict(headers)["Content-Type"]) == (401, "application/json")


def test_who_wants_no_events_is_answered_once(site: Site) -> None:
    channel = Channel()
    run(site.front(Scope("GET", PATH), channel))
    assert len(site.asked) == 1
    assert orjson.loads(channel.answers[0][2])["data"]["after"] == "1"


@pytest.mark.parametrize("client", [Leaving, Gone])
def test_a_place_is_free_again_when_the_client_is_gone(site: Site, client: type[Channel]) -> None:
    for _ in range(MOST_OF_ONE + 1):
        channel = follow(site, channel=client())
        assert channel.answers[0][0] == 200


def test_nobody_has_more_streams_than_a_few(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "EVERY_S", 30.0)

    async def open_all() -> list[int]:
        clients, refused, other = [Open() for _ in range(MOST_OF_ONE)], Channel(), Open()
        tasks = [asyncio.create_task(site.front(Scope("GET", PATH, [ACCEPT]), each)) for each in clients]
        for each in clients:
            await each.begun.wait()
        await site.front(Scope("GET", PATH, [ACCEPT]), refused)
        last = asyncio.create_task(site.front(Scope("GET", PATH, [ACCEPT, ("authorization", "b")]), other))
        await other.begun.wait()
        for task in (*tasks, last):
            task.cancel()
        return [refused.answers[0][0], other.answers[0][0]]

    assert run(open_all()) == [503, 200]
