"""A server that answers each request on a connection with the next bytes of its script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from ssl import SSLContext
from typing import Final

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CLOSES: Final = b""  # in a script: the connection is closed instead of an answer
NOTHING: Final = b"..."  # in a script: no answer ever


class ScriptedServer:
    """`requests` are the heads and bodies that came, `connections` how many connections there were."""

    def __init__(self, script: Sequence[bytes]) -> None:
        self._script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while self._script:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self._script.pop(0)
                if answer == NOTHING:
                    return
                for piece in answer.split(b"|"):  # each piece is a packet of its own
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)
                if answer == CLOSES or b"close" in answer or b"HTTP/1.0" in answer:
                    break
        writer.close()

    async def end(self) -> None:
        for each in self._writers:
            each.transport.abort()
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def scripted(*script: bytes, tls: SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Run a server in this loop."""
    made = ScriptedServer(script)
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
