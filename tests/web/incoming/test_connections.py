"""Connections that hold a place for nothing are ended; all others are left alone."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.stack import wait_until
from web.incoming.connections import MOST_CONNECTIONS, SPARE_FILES, ConnectionSweeper, allow_connections

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def connect() -> Iterator[Callable[[], Pair]]:
    """Connect to a listening socket of this process; returns the client's end and ours."""
    with ExitStack() as opened:
        listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))

        def made() -> Pair:
            client = opened.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(listening.getsockname())
            ours = opened.enter_context(listening.accept()[0])
            return client, ours

        yield made


def _is_open(ours: socket.socket) -> bool:
    try:
        ours.setblocking(False)
        return ours.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _fill(ours: socket.socket) -> None:
    """Send until the client would have to read."""
    ours.setblocking(False)
    with suppress(BlockingIOError):
        while ours.send(b"x" * 65536):
            pass


def test_a_client_that_does_not_read_is_ended_and_those_that_read_stay(connect: Callable[[], Pair]) -> None:
    _, stuck = connect()
    reading, read = connect()
    _fill(stuck)
    _fill(read)
    sweeper = ConnectionSweeper(stuck.getsockname()[1], unread_s=1.5, idle_s=0)
    until = time.monotonic() + 3.0
    while time.monotonic() < until:
        reading.recv(65536)
        with suppress(BlockingIOError):
            read.send(b"x" * 65536)
        time.sleep(0.01)

    assert sweeper.sweep() == 1

    assert not _is_open(stuck)
    assert _is_open(read)


def test_idle_connections_are_ended_only_when_places_get_scarce(connect: Callable[[], Pair]) -> None:
    idle = [connect()[1] for _ in range(4)]
    port = idle[0].getsockname()[1]
    time.sleep(0.3)

    assert ConnectionSweeper(port, most=8, idle_s=0.2).sweep() == 0
    fresh_client, fresh = connect()
    fresh_client.send(b"GET")
    assert ConnectionSweeper(port, most=8, idle_s=0.2).sweep() == 4

    assert [_is_open(each) for each in (*idle, fresh)] == [False] * 4 + [True]


def test_connections_of_others_are_left_alone(connect: Callable[[], Pair]) -> None:
    client, ours = connect()
    time.sleep(0.1)

    assert ConnectionSweeper(client.getsockname()[1] + 1, most=0, idle_s=0).sweep() == 0
    assert _is_open(ours)


def test_it_looks_again_and_again_until_it_is_stopped(
    connect: Callable[[], Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.incoming.connections.CHECK_EVERY_S", 0.05)
    _, ours = connect()
    sweeper = ConnectionSweeper(ours.getsockname()[1], most=1, idle_s=0.1)
    sweeper.start()

    wait_until(lambda: not _is_open(ours), 20, "the end of an idle connection")

    sweeper.stop()
    sweeper.join(20)
    assert not sweeper.is_alive()


@pytest.mark.parametrize(
    ("soft", "hard", "set_to", "most"),
    [
        (1024, 1_048_576, MOST_CONNECTIONS + SPARE_FILES, MOST_CONNECTIONS),
        (1024, resource.RLIM_INFINITY, MOST_CONNECTIONS + SPARE_FILES, MOST_CONNECTIONS),
        (1024, 4096, 4096, 4096 - SPARE_FILES),
        (65_536, 65_536, None, MOST_CONNECTIONS),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, MOST_CONNECTIONS),
    ],
)
def test_as_many_connections_are_allowed_as_the_system_lets_us(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, set_to: int | None, most: int
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: told.append(limits))

    assert allow_connections() == most
    assert told == ([] if set_to is None else [(set_to, hard)])
