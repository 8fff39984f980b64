"""A bare loop of the same libraries: the least that stores a webhook and sends a card.

`python -m tests.bench.bare web PORT URL` answers a POST with 200 once its body is a committed row: granian,
orjson, groups of what waits, one statement a group through the database's driver. `python -m tests.bench.bare
worker URL SINK_PORT` reads rows in their order, posts a fixed card for each by aiohttp, marks them. It has
no tenants, rules, names, retries, leases or order within a space, and its worker must not run twice.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import sys
import threading
from typing import Any, Final

import aiohttp
import orjson
import psycopg
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from sqlalchemy import make_url

from models.database.engine import Database
from models.database.write_lock import NoWriteLock, WriteLock

GROUP: Final = 256
BATCH: Final = 128
PAUSE_S: Final = 0.002
READY: Final = "worker.ready"  # what the product's worker logs, and this one prints
URL: Final = "BARE_DATABASE_URL"
_TABLE: Final = "CREATE TABLE bare (id {id}, raw TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)"
_IDS: Final = {True: "INTEGER PRIMARY KEY", False: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
_OPEN: Final = "CREATE INDEX ix_bare_open ON bare (id) WHERE done = 0"
_STORE: Final = {
    True: "INSERT INTO bare (raw) SELECT value FROM json_each(?)",
    False: "INSERT INTO bare (raw) SELECT jsonb_array_elements_text(%s::jsonb)",
}
_READ: Final = {
    True: "SELECT id, raw FROM bare WHERE done = 0 AND id > ? ORDER BY id LIMIT ?",
    False: "SELECT id, raw FROM bare WHERE done = 0 AND id > %s ORDER BY id LIMIT %s",
}
_MARK: Final = {
    True: "UPDATE bare SET done = 1 WHERE id IN (SELECT value FROM json_each(?))",
    False: "UPDATE bare SET done = 1 WHERE id IN (SELECT jsonb_array_elements_text(%s::jsonb)::bigint)",
}


def create_table(database: Database) -> None:
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.exec_driver_sql(_TABLE.format(id=_IDS[database.is_sqlite]))
        connection.exec_driver_sql(_OPEN)
        connection.commit()


class _Statements:
    """The three statements, each a transaction of its own, on a connection that is kept."""

    def __init__(self, url: str) -> None:
        made = make_url(url)
        self._is_sqlite = made.drivername == "sqlite"
        self._lock: WriteLock | NoWriteLock = NoWriteLock()
        if self._is_sqlite:
            file = str(made.database)
            self._connection: Any = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._lock = WriteLock(file)
        else:
            plain = made.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, autocommit=True)

    def store(self, bodies: list[str]) -> None:
        with self._lock:
            self._connection.execute(_STORE[self._is_sqlite], (orjson.dumps(bodies).decode(),))

    def mark(self, ids: list[int]) -> None:
        with self._lock:
            self._connection.execute(_MARK[self._is_sqlite], (orjson.dumps(ids).decode(),))

    def read(self, after: int, most: int) -> list[tuple[int, str]]:
        return list(self._connection.execute(_READ[self._is_sqlite], (after, most)).fetchall())


_Waiting = tuple[str, asyncio.AbstractEventLoop, asyncio.Future[None]]  # a body, and who waits for it


class App:
    """The RSGI app: parses a body, and answers once the thread that writes has committed it."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Future[None]]] = (
            queue.Queue()
        )
        threading.Thread(target=self._write, daemon=True).start()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        raw = (await protocol()).decode()
        orjson.loads(raw)
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.put((raw, loop, stored))
        await stored
        protocol.response_str(200, [("content-type", "application/json")], "{}")

    def _write(self) -> None:
        statements = _Statements(os.environ[URL])
        while True:
            group = [self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get())
            statements.store([raw for raw, _, _ in group])
            group[0][1].call_soon_threadsafe(_settle, [stored for _, _, stored in group])


def _settle(futures: list[asyncio.Future[None]]) -> None:
    for each in futures:
        each.set_result(None)


def app() -> App:
    """Return the app; granian calls it in its worker."""
    return App()


async def _work(url: str, sink_port: int) -> None:
    statements, last = _Statements(url), 0
    connector = aiohttp.TCPConnector(limit=BATCH)
    under_way: set[asyncio.Task[int]] = set()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{sink_port}", connector=connector) as session:
        print(READY, flush=True)
        while True:
            rows = statements.read(last, BATCH - len(under_way)) if len(under_way) < BATCH else []
            last = rows[-1][0] if rows else last
            under_way |= {asyncio.create_task(_send(session, number, raw)) for number, raw in rows}
            if not under_way:
                await asyncio.sleep(PAUSE_S)
                continue
            await asyncio.wait(under_way, timeout=PAUSE_S, return_when=asyncio.FIRST_COMPLETED)
            done = {task for task in under_way if task.done()}
            under_way -= done
            if done:
                statements.mark([task.result() for task in done])


async def _send(session: aiohttp.ClientSession, number: int, raw: str) -> int:
    title = orjson.loads(raw)["data"]["title"]
    card = {"cardsV2": [{"cardId": "c", "card": {"header": {"title": title}}}], "text": title}
    async with session.post("/v1/spaces/A/messages", data=orjson.dumps(card)) as answer:
        await answer.read()
    return number


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "worker":
        asyncio.run(_work(rest[0], int(rest[1])))
        return
    os.environ[URL] = rest[1]
    server = Granian(
        "tests.bench.bare:app",
        factory=True,
        address="127.0.0.1",
        port=int(rest[0]),
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        workers=1,
        websockets=False,
        log_enabled=False,
    )
    server.serve()


if __name__ == "__main__":
    main()
