"""An instant Chat (or one with a delay): answers every create, records when each card came.

`python -m tests.bench.sink PORT DELAY_MS`; `GET /seen` gives `{"cards": n, "at": {deal number: seconds}}`,
`POST /reset` forgets them. Times are CLOCK_MONOTONIC, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

DEAL = re.compile(rb"Deal no (\d+)")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
SEEN: dict[str, float] = {}
COUNT = [0]


def _reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


TOKEN = _reply(b'{"access_token":"t","expires_in":3600,"token_type":"Bearer"}')
CREATED = _reply(b'{"name":"spaces/A/messages/B"}')


class Sink(asyncio.Protocol):
    """One keep-alive connection."""

    delay = 0.0

    def __init__(self) -> None:
        self._buffer = b""
        self._out: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            self._take(head.split(b" ", 2)[1], body)

    def _take(self, path: bytes, body: bytes) -> None:
        assert self._out is not None
        if path.startswith(b"/v1/"):
            COUNT[0] += 1
            for number in DEAL.findall(body)[:1]:
                SEEN.setdefault(number.decode(), time.monotonic())
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self._out.write, CREATED)
            else:
                self._out.write(CREATED)
        elif path == b"/seen":
            self._out.write(_reply(json.dumps({"cards": COUNT[0], "at": SEEN}).encode()))
        elif path == b"/reset":
            SEEN.clear()
            COUNT[0] = 0
            self._out.write(_reply(b"{}"))
        else:
            self._out.write(TOKEN)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    Sink.delay = float(sys.argv[2]) / 1000
    asyncio.run(_serve(int(sys.argv[1])))
