"""What stands before all endpoints: where a request goes, and what a client may keep waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from flask import Flask, request

from models.database.engine import Database
from models.errors import AppError
from models.security.vault import Vault
from tests.conftest import TwoTenants
from tests.engine import deal
from tests.web.door import PASSWORD, Door, basic, give_credential
from tests.web.rsgi import Channel, Scope, run
from web import front as front_module
from web.from_pipedrive.door import PATH
from web.front import CHAT, LONGEST_TARGET, MIB, MOST_OF_A_PROGRAM, MOST_ON_A_PAGE, Front
from web.incoming.refusals import raise_refusal
from web.incoming.request import Room

GOOGLE = "Bearer google"


class Site:
    """A small app behind the front; its page `/slow` waits until it is released."""

    def __init__(self, door: Door) -> None:
        self.release = threading.Event()
        app = Flask(__name__)
        pages: dict[str, Any] = {
            "/slow": self._slow,
            "/health/live": lambda: "alive",
            "/health/ready": lambda: "ready",
            "/said": self._said,
            "/api/v1/said": lambda: str(len(request.get_data())),
            CHAT: self._chat,
            "/broken": self._broken,
        }
        for path, view in pages.items():
            app.add_url_rule(path, endpoint=path, view_func=view, methods=["GET", "POST"])
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.before_request(raise_refusal)
        app.register_error_handler(AppError, lambda error: ("", error.status))
        self.front = Front(door.app, app, lambda authorization: authorization == GOOGLE)

    def _slow(self) -> str:
        assert self.release.wait(30)
        return "done"

    @staticmethod
    def _said() -> bytes:
        return request.get_data()

    @staticmethod
    def _broken() -> str:
        raise ZeroDivisionError

    @staticmethod
    def _chat() -> tuple[str, int]:
        is_google = request.headers.get("Authorization") == GOOGLE
        return request.get_data(as_text=True), 200 if is_google else 401

    async def ask(
        self,
        path: str,
        body: bytes | Channel = b"",
        headers: Sequence[tuple[str, str]] = (),
        *,
        method: str = "POST",
        **head: Any,
    ) -> tuple[int, dict[str, str], bytes]:
        channel = body if isinstance(body, Channel) else Channel(body)
        length = [] if isinstance(body, Channel) or not body else [("content-length", str(len(body)))]
        await self.front(Scope(method, path, [*length, *headers], **head), channel)
        ((status, told, answer),) = channel.answers
        return status, dict(told), answer


@pytest.fixture
def door(database: Database, vault: Vault, tenants: TwoTenants) -> Door:
    give_credential(database, vault, tenants.ours, "k-acme")
    return Door(database, vault)


@pytest.fixture
def site(door: Door) -> Iterator[Site]:
    made = Site(door)
    yield made
    made.release.set()


def _hurry(site: Site, within_s: float = 0.1) -> None:
    """Wait for bodies no longer than this."""
    site.front._room.deadlines.within_s = within_s
    site.front._door._room.deadlines.within_s = within_s


WEBHOOK = [("authorization", basic("pd", PASSWORD))]


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/said", []), (CHAT, [("authorization", GOOGLE)]), (f"{PATH}/k-acme", WEBHOOK)],
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_does_not_come_in_time_needs_notice_so_and_its_connection_ends(
    site: Site, path: str, headers: list[tuple[str, str]], declared: bool
) -> None:
    _hurry(site)
    size = ("content-length", "100") if declared else ("transfer-encoding", "chunked")

    status, told, _ = run(site.ask(path, Channel(b"{", hangs=True), [*headers, size]))
    assert (status, told["Connection"]) == (408, "close")


def test_whoever_owes_a_body_holds_no_thread(site: Site) -> None:
    """Two hundred of them, of every kind, while a page, Chat, the health checks and a webhook answer."""

    async def scene() -> tuple[list[int], int]:
        before = threading.active_count()
        owing = [
            asyncio.create_task(
                site.ask(path, Channel(b"x", hangs=True), [*headers, ("content-length", "100")])
            )
            for path, headers in [
                ("/said", []),
                (CHAT, [("authorization", GOOGLE)]),
                (f"{PATH}/k-acme", WEBHOOK),
            ]
            for _ in range(70)
        ]
        await asyncio.sleep(0.05)
        answers = [
            await site.ask("/said", b"hello"),
            await site.ask(CHAT, b"hello", [("authorization", GOOGLE)]),
            await site.ask("/health/live", method="GET"),
            await site.ask(f"{PATH}/k-acme", b"{}", WEBHOOK),
        ]
        grown = threading.active_count() - before
        for each in owing:
            each.cancel()
        await asyncio.gather(*owing, return_exceptions=True)
        return [status for status, _, _ in answers], grown

    statuses, grown = run(scene())
    assert statuses == [200] * 4
    assert grown <= 12  # the pools' own, started for what was answered


def test_pages_that_hang_hold_neither_chat_nor_programs_nor_webhooks(site: Site, tenants: TwoTenants) -> None:
    async def scene() -> list[int]:
        hanging = [asyncio.create_task(site.ask("/slow", method="GET")) for _ in range(60)]
        await asyncio.sleep(0.05)
        answers = [
            await site.ask(CHAT, b"hello", [("authorization", GOOGLE)]),
            await site.ask("/health/live", method="GET"),
            await site.ask("/health/ready", method="GET"),
            await site.ask("/api/v1/said", b"hello"),
            await site.ask(f"{PATH}/k-acme", b"{}", WEBHOOK),
        ]
        site.release.set()
        return [status for status, _, _ in answers + await asyncio.gather(*hanging)]

    assert run(scene()) == [200] * 65


def test_more_waiting_pages_than_there_is_room_for_hear_so_at_once(site: Site) -> None:
    async def scene() -> list[tuple[int, str | None]]:
        asked = [asyncio.create_task(site.ask("/slow", method="GET")) for _ in range(200)]
        await asyncio.sleep(0.05)
        refused = [each.result() for each in asked if each.done()]
        site.release.set()
        await asyncio.gather(*asked)
        return [(status, told.get("Retry-After")) for status, told, _ in refused]

    refused = run(scene())

    room = front_module.PAGE_THREADS + front_module.MOST_WAITING
    assert refused == [(503, "2")] * (200 - room)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/said", MOST_ON_A_PAGE, 200),
        ("/said", MOST_ON_A_PAGE + 1, 413),
        ("/api/v1/said", MOST_OF_A_PROGRAM, 200),
        ("/api/v1/said", MOST_OF_A_PROGRAM + 1, 413),
        ("/" + "x" * LONGEST_TARGET, 0, 414),
    ],
)
def test_a_body_and_an_address_have_a_length_that_is_checked_first(
    site: Site, path: str, size: int, status: int
) -> None:
    body = b"x" * size
    chunked = Channel(body)
    assert run(site.ask(path, body))[0] == status
    assert run(site.ask(path, chunked, [("transfer-encoding", "chunked")]))[0] == status
    assert chunked.sent <= MOST_OF_A_PROGRAM + 64 * 1024  # no more is read than is needed to know


def test_of_a_stranger_at_chats_door_no_body_is_read(site: Site) -> None:
    channel = Channel(b"x" * 100, hangs=True)

    started = time.monotonic()
    status, _, answer = run(site.ask(CHAT, channel, [("content-length", "1000000")]))
    assert (status, b"UNAUTHORIZED" in answer, channel.sent) == (401, True, 0)
    assert time.monotonic() - started < 4


def test_of_a_stranger_at_pipedrives_door_no_body_is_read(site: Site) -> None:
    channel = Channel(b"x" * 100, hangs=True)

    status, _, _ = run(site.ask(f"{PATH}/k-acme", channel, [("content-length", "1000")]))
    assert (status, channel.sent) == (401, 0)


def test_bodies_together_take_no_more_memory_than_there_is_room_for(site: Site) -> None:
    site.front._room = Room(100_000, 100_000)

    async def scene() -> tuple[int, int]:
        holding = [
            asyncio.create_task(
                site.ask("/said", Channel(b"x" * 40_000, hangs=True), [("content-length", "50000")])
            )
            for _ in range(2)
        ]
        await asyncio.sleep(0.05)
        refused = await site.ask("/said", b"x" * 40_000)
        for each in holding:
            each.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        again = await site.ask("/said", b"x" * 40_000)
        return refused[0], again[0]

    assert run(scene()) == (503, 200)


async def _beside_stalled_bodies(
    site: Site, stalled: tuple[str, list[tuple[str, str]]], size: int, asked: list[Any]
) -> list[int]:
    """Return the answers to requests while 70 clients of one address have sent most of a body and stopped."""
    path, headers = stalled
    length = ("content-length", str(size + 1))
    holding = [
        asyncio.create_task(site.ask(path, Channel(b"x" * size, hangs=True), [length, *headers]))
        for _ in range(70)
    ]
    await asyncio.sleep(0.2)
    answers = [(await each)[0] for each in asked]
    for each in holding:
        each.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    return answers


def test_stalled_bodies_of_one_address_stop_neither_other_addresses_nor_chat(site: Site) -> None:
    body = b"x" * 50_000
    asked = [
        site.ask("/said", body, peer="198.51.100.7"),
        site.ask(CHAT, body, [("authorization", GOOGLE)]),
        site.ask("/said", body),
        site.ask("/said", b"small"),
    ]
    answers = run(_beside_stalled_bodies(site, ("/api/v1/said", []), MOST_ON_A_PAGE - 1, asked))
    assert answers == [200, 200, 503, 200]


def test_stalled_bodies_of_one_tenant_stop_no_other_tenants_webhooks(
    site: Site, database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    give_credential(database, vault, tenants.theirs, "k-umbrella")
    large = orjson.dumps(deal(1, title="x" * 100_000))
    asked = [
        site.ask(f"{PATH}/k-umbrella", large, WEBHOOK),
        site.ask(f"{PATH}/k-acme", large, WEBHOOK),
        site.ask(f"{PATH}/k-acme", orjson.dumps(deal(2)), WEBHOOK),
    ]
    answers = run(_beside_stalled_bodies(site, (f"{PATH}/k-acme", WEBHOOK), MIB - 1, asked))
    assert answers == [200, 503, 200]


def test_what_nobody_foresaw_is_an_error_without_its_words(site: Site) -> None:
    status, _, answer = run(site.ask("/broken", method="GET"))
    assert (status, b"INTERNAL" in answer, b"Zero" in answer) == (500, True, False)


def test_a_webhook_through_the_whole_front_is_stored(site: Site, door: Door, tenants: TwoTenants) -> None:
    async def scene() -> int:
        return (await site.ask(f"{PATH}/k-acme/", orjson.dumps(deal(1)), WEBHOOK))[0]

    assert run(scene()) == 200
    assert len(door.events(tenants.ours)) == 1
