"""Clients that mean harm: they are slow, do not read, or send much, over raw connections."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.customers import DOOR, PASSWORD

# The long proofs, by `make faults`.
IS_LONG: Final = bool(os.environ.get("PIPENOTIFY_LONG_FAULTS"))
HOST: Final = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BIG: Final = 250_000
UNREAD: Final = 4  # 56 kB, more than the client takes; a larger number would measure the pages instead
PAUSE_S: Final = 2.0  # before a client that was told off comes again: these are slow ones, no flood

Kind = Callable[[asyncio.AbstractEventLoop, socket.socket], Awaitable[None]]


def _socket() -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # it takes little before it has to read
    return made


async def slow_head(loop: asyncio.AbstractEventLoop, client: socket.socket) -> None:
    """Send a header a second, and never the last."""
    await loop.sock_sendall(client, b"GET /" + HOST)
    while True:
        await asyncio.sleep(1)
        await loop.sock_sendall(client, b"X-More: 1\r\n")


async def silent(loop: asyncio.AbstractEventLoop, client: socket.socket) -> None:
    """Connect, and send nothing."""
    await loop.sock_recv(client, 1)


async def unread(loop: asyncio.AbstractEventLoop, client: socket.socket) -> None:
    """Ask for more than the connection takes, and read none of it."""
    await loop.sock_sendall(client, (b"GET /static/pages.css" + HOST + b"\r\n") * UNREAD)
    while True:
        await asyncio.sleep(1)
        await loop.sock_sendall(client, b"GET / HTTP/1.1\r\n")


def slow_body(path: str, *headers: str, at_once: int = 1) -> Kind:
    """Announce a large body, send some of it, then a byte a second, and begin anew when told off."""
    head = f"POST {path}".encode() + HOST + "".join(f"{each}\r\n" for each in headers).encode()

    async def owe(loop: asyncio.AbstractEventLoop, client: socket.socket) -> None:
        await loop.sock_sendall(client, head + b"Content-Length: 100000\r\n\r\n{" + b" " * (at_once - 1))
        while True:
            await asyncio.sleep(1)
            await loop.sock_sendall(client, b" ")

    return owe


def kinds_of(key: str) -> dict[str, Kind]:
    """Return every kind of slow client; the last two have the right credentials for this key."""
    right = base64.b64encode(f"pd:{PASSWORD}".encode()).decode()
    return {
        "slow headers": slow_head,
        "nothing sent": silent,
        "nothing read": unread,
        "slow body, page": slow_body("/sign-out"),
        "slow body, OAuth": slow_body("/api/v1/oauth/callback", "Content-Type: application/json"),
        "slow body, Chat": slow_body("/chat/events"),
        "slow body, webhook": slow_body(f"{DOOR}/nobody"),
        "slow body, right webhook": slow_body(f"{DOOR}/{key}", f"Authorization: Basic {right}"),
        "most of a body, right webhook": slow_body(
            f"{DOOR}/{key}", f"Authorization: Basic {right}", at_once=99_000
        ),
    }


async def besiege(port: int, kind: Kind, clients: int) -> None:
    """Keep so many clients of a kind connected, for ever."""
    loop = asyncio.get_running_loop()

    async def one(number: int) -> None:
        await asyncio.sleep(PAUSE_S * number / clients)  # not all in the same moment
        while True:
            try:
                with _socket() as client:
                    await loop.sock_connect(client, ("127.0.0.1", port))
                    await kind(loop, client)
            except OSError:
                await asyncio.sleep(PAUSE_S)

    await asyncio.gather(*(one(number) for number in range(clients)))


@contextmanager
def siege(port: int, key: str, clients: int) -> Iterator[None]:
    """Besiege a port with so many clients of each kind, from a process of their own."""
    command = [sys.executable, "-m", "tests.faults.hostile_clients", str(port), key, str(clients)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(PAUSE_S + 1.5)  # all are connected
        assert process.poll() is None
        yield
        assert process.poll() is None, "the siege ended by itself"
    finally:
        process.kill()
        process.wait()


def floods() -> Iterator[bytes]:
    """Return requests of strangers without end: each with headers of its own, most of them 250 kB."""
    number = 0
    while True:
        number += 1
        mark = f"{number:012d}"
        key = (mark * 11)[:128]
        large = base64.b64encode(f"{mark}{'x' * BIG}:x".encode()).decode()
        yield f"POST {DOOR}".encode() + HOST + f"Authorization: Basic {large}\r\n\r\n".encode()
        yield f"GET /{mark}".encode() + HOST + f"Cookie: session={mark * 4000}\r\n\r\n".encode()
        yield f"POST {DOOR}/{key}".encode() + HOST + b"Authorization: Basic eDp5\r\n\r\n"
        yield b"POST /chat/events" + HOST + f"Authorization: Bearer {mark * 20_000}\r\n\r\n".encode()


async def flood(port: int, requests: int, clients: int = 16) -> Counter[bytes]:
    """Send so many requests, each over a connection of its own; return what was answered."""
    answers: Counter[bytes] = Counter()
    source, left = floods(), iter(range(requests))

    async def one() -> None:
        for _ in left:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with suppress(OSError):  # it may hang up before all is sent
                writer.write(next(source))
                await writer.drain()
            with suppress(OSError, asyncio.TimeoutError):
                answers[(await asyncio.wait_for(reader.read(64), 20))[9:12]] += 1
            writer.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return answers


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB."""
    pages, pids = 0, [pid]
    while pids:
        each = pids.pop()
        pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        for task in Path(f"/proc/{each}/task").iterdir():
            pids += map(int, (task / "children").read_text().split())
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _besiege_with_all(port: int, key: str, clients: int) -> None:
    await asyncio.gather(*(besiege(port, kind, clients) for kind in kinds_of(key).values()))


if __name__ == "__main__":
    asyncio.run(_besiege_with_all(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
