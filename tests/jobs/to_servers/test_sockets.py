"""Connecting, sending and reading end in time, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from jobs.to_servers.deadline import ends_within
from jobs.to_servers.sockets import connect, is_readable, reader, send_all
from tests.jobs.to_servers.dripping import EVERY_S, LIMIT_S, MOST_S
from tests.stack import free_port

Address = tuple[str, int]


@contextmanager
def _silent() -> Iterator[Address]:
    """Yield an address where nobody answers, not even that nobody is there."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        yield full.getsockname()
        for each in waiting:
            each.close()


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: Address) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)


def test_a_silent_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with _silent() as silent, socket.create_server(("127.0.0.1", 0)) as good:
        _resolve_to(monkeypatch, silent, silent, good.getsockname())
        with ends_within(1.5), closing(connect("name", 1)) as made:
            assert made.getpeername() == good.getsockname()


def test_a_name_that_is_none_is_an_error_as_others_are() -> None:
    for name in ("a..b", ".b", f"{'a' * 70}.example"):
        with ends_within(LIMIT_S), pytest.raises(OSError, match="no name of a host"):
            connect(name, 1)


def test_an_address_of_a_family_that_the_kernel_lacks_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as good:
        known = (socket.AF_INET, socket.SOCK_STREAM, 6, "", good.getsockname())
        lacking = (socket.AF_IPX, socket.SOCK_STREAM, 0, "", good.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [lacking, known])
        with ends_within(LIMIT_S), closing(connect("name", 1)) as made:
            assert made.getpeername() == good.getsockname()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [lacking])
        with ends_within(LIMIT_S), pytest.raises(OSError, match="family"):
            connect("name", 1)


def test_the_first_of_many_addresses_has_time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    given = list[float | None]()

    class Slow(socket.socket):
        def connect(self, _address: Any) -> None:
            given.append(self.gettimeout())
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Slow)
    _resolve_to(monkeypatch, *[("127.0.0.1", 9)] * 12)
    with ends_within(8.0), pytest.raises(TimeoutError):
        connect("name", 1)
    assert given[0] is not None
    assert 3.9 < given[0] <= 4.0
    assert len(given) == 12


def test_silent_addresses_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with _silent() as silent:
        _resolve_to(monkeypatch, *[silent] * 20)
        began = time.monotonic()
        with ends_within(LIMIT_S), pytest.raises(TimeoutError):
            connect("name", 1)
        assert LIMIT_S <= time.monotonic() - began < MOST_S


def test_a_closed_socket_is_readable_as_one_is_that_the_other_side_has_closed() -> None:
    made = socket.socket()
    made.close()
    assert is_readable(made)


def test_what_the_last_address_says_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with ends_within(MOST_S):
        with pytest.raises(ConnectionRefusedError):
            connect("127.0.0.1", free_port())
        _resolve_to(monkeypatch)
        with pytest.raises(OSError, match="no address"):
            connect("name", 1)


@contextmanager
def _pair(serve: Any) -> Iterator[socket.socket]:
    """Yield a socket whose other end `serve` gets, in a thread, with an event that says when all is over."""
    ours, theirs = socket.socketpair()
    over = threading.Event()
    thread = threading.Thread(target=serve, args=(theirs, over), daemon=True)
    thread.start()
    yield ours
    over.set()
    ours.close()
    thread.join(5)
    theirs.close()


def test_lines_that_drip_end_in_time() -> None:
    def drip(theirs: socket.socket, over: threading.Event) -> None:
        while not over.wait(EVERY_S):
            theirs.sendall(b"0")

    with _pair(drip) as ours, ends_within(LIMIT_S), reader(ours) as lines:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            lines.readline()
        assert time.monotonic() - began < MOST_S


def test_who_reads_slowly_is_left_in_time() -> None:
    def sip(theirs: socket.socket, over: threading.Event) -> None:
        while not over.wait(EVERY_S):
            theirs.recv(100_000)

    with _pair(sip) as ours, ends_within(LIMIT_S):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            send_all(ours, bytes(50_000_000))
        assert time.monotonic() - began < MOST_S


def test_all_is_sent_and_read() -> None:
    sent = bytes(range(256)) * 10_000 + b"\n"

    def echo(theirs: socket.socket, _over: threading.Event) -> None:
        with theirs.makefile("rb") as lines:
            got = b""
            while not got.endswith(sent[-100:]):
                got += lines.read1(65536)
        theirs.sendall(got)

    with _pair(echo) as ours, ends_within(MOST_S), reader(ours) as lines:
        assert not is_readable(ours)
        send_all(ours, sent)
        assert lines.read(len(sent)) == sent
