"""Posts webhooks as Pipedrive does, over keep-alive connections, as fast as possible or at a fixed rate.

`python -m tests.bench.load PORT TENANTS SPACES CONNECTIONS SECONDS RATE FIRST MOST` prints one JSON object:
acks, seconds, the ack times in milliseconds, the moments of the acks by deal number, and failures. RATE 0
means as fast as possible; MOST 0 means no limit of posts. FIRST is the number of the first deal.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections import deque
from datetime import UTC, datetime

BODY = json.loads(
    """{"data": {"add_time": "2026-11-20T10:00:00Z", "channel": null, "channel_id": null, "close_time": null,
    "creator_user_id": 1, "currency": "EUR", "custom_fields": {}, "expected_close_date": null,
    "first_won_time": null, "id": 8, "label_ids": [], "lost_reason": null, "lost_time": null, "org_id": 1,
    "origin": "ManuallyCreated", "origin_id": null, "owner_id": 1, "person_id": 8, "pipeline_id": 1,
    "probability": null, "stage_change_time": null, "stage_id": 2, "status": "open", "title": "T",
    "update_time": "2026-11-20T15:11:55Z", "value": 12000, "visible_to": "3", "won_time": null},
    "previous": {"value": 100, "stage_id": 1},
    "meta": {"action": "change", "company_id": "1", "correlation_id": "121e5331-7ec6-4af8-9994-0e52fb489044",
    "entity_id": "8", "entity": "deal", "id": "I", "is_bulk_edit": false,
    "timestamp": "2026-11-20T15:11:55.724Z", "type": "general", "user_id": "1", "version": "2.0",
    "webhook_id": "4710827", "webhook_owner_id": "1", "change_source": "app", "attempt": 1,
    "permitted_user_ids": ["1", "2", "3"], "host": "acme.pipedrive.com"}}"""
)


def _template() -> bytes:
    """Return the body with placeholders for its variable parts, so that generating load takes little time."""
    data = BODY["data"] | {
        "title": "Deal no <n>",
        "id": "<id>",
        "pipeline_id": "<pipeline>",
        "add_time": "<now>",  # a deal of days ago would count as stalled at once
        "update_time": "<now>",
    }
    meta = BODY["meta"] | {
        "id": "<event>",
        "entity_id": "<n>",
        "company_id": "<tenant>",
        "timestamp": "<now>",  # an old one makes the webhook late, which costs a look-up
    }
    text = json.dumps({"data": data, "previous": BODY["previous"], "meta": meta}).replace("%", "%%")
    marks = {
        '"<id>"': "%(n)d",
        '"<pipeline>"': "%(pipeline)d",
        "<n>": "%(n)d",
        "<event>": "%(n)032x",
        "<tenant>": "%(tenant)d",
        "<now>": "%(now)s",
    }
    for mark, form in marks.items():
        text = text.replace(mark, form)
    return text.encode()


TEMPLATE = _template()
HEAD = (
    b"POST /api/v1/webhook/pipedrive/k-%d HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Authorization: Basic " + base64.b64encode(b"pd:secret") + b"\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)


def request(number: int, tenants: int, spaces: int) -> bytes:
    """Return one raw POST: deal `number` of a tenant, in the pipeline of one of its spaces."""
    tenant = number % tenants
    pipeline = (number // tenants) % spaces
    body = TEMPLATE % {b"n": number, b"pipeline": pipeline, b"tenant": tenant, b"now": _timestamp()}
    return HEAD % (tenant, len(body)) + body


def _timestamp() -> bytes:
    return datetime.now(UTC).isoformat(timespec="milliseconds").encode()


class Run:
    """The shared state of the connections of one load run."""

    def __init__(self, tenants: int, spaces: int, first: int, most: int) -> None:
        self.tenants, self.spaces = tenants, spaces
        self.next, self.last = first, first + most if most else None
        self.times: list[float] = []
        self.acked: dict[int, float] = {}
        self.failed = 0
        self.over = float("inf")
        self.is_open = False  # an open loop sends at its rate, a closed one after each response
        self._idle: deque[_Client] = deque()
        self._turns: deque[float] = deque()

    def take(self) -> int | None:
        if time.monotonic() > self.over or (self.last is not None and self.next >= self.last):
            return None
        self.next += 1
        return self.next - 1

    def idle(self, client: _Client) -> None:
        """Let a free connection send the next request, or wait for one."""
        if not self.is_open:
            client.send(time.monotonic())
        elif self._turns:
            client.send(self._turns.popleft())
        elif self.over:
            self._idle.append(client)
        else:
            client.send(0.0)

    def offer(self, due: float) -> None:
        if self._idle:
            self._idle.popleft().send(due)
        else:
            self._turns.append(due)

    def close(self) -> None:
        self._turns.clear()
        while self._idle:
            self._idle.popleft().send(0.0)

    def answered(self, number: int, due: float, *, ok: bool) -> None:
        done = time.monotonic()
        if ok:
            self.times.append((done - due) * 1000)
            self.acked[number] = done
        else:
            self.failed += 1


class _Client(asyncio.Protocol):
    """One keep-alive connection: sends a request when asked to, records when the response came."""

    def __init__(self, run: Run, over: asyncio.Future[None]) -> None:
        self._run, self._over = run, over
        self._number, self._due = 0, 0.0
        self._out: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out = transport
        self._run.idle(self)

    def send(self, due: float) -> None:
        number = self._run.take()
        if number is None or self._out is None:
            self._finish()
            return
        self._number, self._due = number, due
        self._out.write(request(number, self._run.tenants, self._run.spaces))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = b""
        self._run.answered(self._number, self._due, ok=b" 200 " in head[:16])
        self._run.idle(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._finish()

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
        if self._out is not None:
            self._out.close()


async def _metronome(run: Run, rate: float) -> None:
    """Request posts at a fixed rate, whether or not earlier ones were answered (an open loop)."""
    started, sent = time.monotonic(), 0
    while time.monotonic() < run.over and (run.last is None or run.next < run.last):
        due = started + sent / rate
        wait = due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        run.offer(due)
        sent += 1
    run.over = 0.0
    run.close()


async def main(port: int, connections: int, seconds: float, rate: float, run: Run) -> None:
    loop, started = asyncio.get_running_loop(), time.monotonic()
    run.over, run.is_open = started + seconds, rate > 0
    ends: list[asyncio.Future[None]] = []
    for _ in range(connections):
        over: asyncio.Future[None] = loop.create_future()
        ends.append(over)
        await loop.create_connection(lambda over=over: _Client(run, over), "127.0.0.1", port)  # type: ignore[misc]
    if rate:
        await _metronome(run, rate)
    await asyncio.gather(*ends)
    took = time.monotonic() - started
    found = {"acks": len(run.times), "seconds": took, "ms": run.times}
    print(json.dumps(found | {"acked": run.acked, "failed": run.failed}))


if __name__ == "__main__":
    port_, tenants_, spaces_, connections_ = map(int, sys.argv[1:5])
    seconds_, rate_ = map(float, sys.argv[5:7])
    first_, most_ = map(int, sys.argv[7:9])
    asyncio.run(main(port_, connections_, seconds_, rate_, Run(tenants_, spaces_, first_, most_)))
