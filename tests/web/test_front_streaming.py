"""A large answer is made while it is sent: little of it is in memory, and no thread waits for its client."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask, Response

from models.database.engine import Database
from models.security.vault import Vault
from tests.web.door import Door
from tests.web.rsgi import Channel, Scope, Streamed, run
from web.front import PAGE_THREADS, Front
from web.incoming.wsgi import STREAMED


class Site:
    """An app whose page /file is streamed; `made` names the threads that made its pieces."""

    def __init__(self, door: Door) -> None:
        self.made: list[str] = []
        app = Flask(__name__)
        app.add_url_rule("/file", view_func=self._file)
        app.add_url_rule("/page", view_func=lambda: "page")
        self.front = Front(door.app, app, lambda _authorization: False)

    def _file(self) -> Response:
        def pieces() -> Iterator[bytes]:
            for number in range(3):
                self.made.append(threading.current_thread().name)
                yield b"piece %d;" % number

        answer = Response(pieces(), mimetype="text/plain")
        answer.headers.add(*STREAMED)
        return answer

    async def page(self) -> int:
        channel = Channel()
        await self.front(Scope("GET", "/page"), channel)
        return channel.answers[0][0]


class Client(Channel):
    """A client of /file that does something before it takes each piece."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site, self.others = site, list[int]()

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        return self.Stream(self, status, headers)

    class Stream(Streamed):
        async def send_bytes(self, data: bytes) -> None:
            client: Any = self._channel
            if self.pieces == 1:
                client.others = [await client.site.page() for _ in range(PAGE_THREADS + 1)]
            await super().send_bytes(data)


class LeavingClient(Client):
    """A client that is gone before the first piece."""

    class Stream(Streamed):
        async def send_bytes(self, data: bytes) -> None:
            raise RuntimeError(len(data))


@pytest.fixture
def site(database: Database, vault: Vault) -> Site:
    return Site(Door(database, vault))


def test_others_are_served_while_a_client_is_slow(site: Site) -> None:
    client = Client(site)
    run(site.front(Scope("GET", "/file"), client))
    ((status, headers, body),) = client.answers

    assert (status, body) == (200, b"piece 0;piece 1;piece 2;")
    assert STREAMED not in headers
    assert client.others == [200] * (PAGE_THREADS + 1)
    assert all(name.startswith("pages") for name in site.made)


def test_a_client_that_leaves_ends_the_making_of_its_answer(site: Site) -> None:
    run(site.front(Scope("GET", "/file"), LeavingClient(site)))

    assert len(site.made) == 1
