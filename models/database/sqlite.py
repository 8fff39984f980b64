"""The engine for SQLite: durable settings, writers that begin IMMEDIATE, readers that end, a bounded WAL.

Facts: https://www.sqlite.org/wal.html (a checkpoint cannot reset the WAL while a reader looks at it) and
https://www.sqlite.org/pragma.html.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from models.database.direct import is_begun, run_text
from models.database.storable import to_json
from models.errors import DatabaseUnavailable

BUSY_MS: Final = 10_000
WAL_POLL_S: Final = 0.005
MOST_READING_S: Final = 30.0  # for a transaction that reads: as long as it lasts, the WAL only grows
STEPS_BETWEEN_LOOKS: Final = 200_000  # of SQLite's virtual machine, some milliseconds
# The WAL is cut to this size when a writer begins it anew, and by `truncate_wal` when it is larger.
MOST_WAL_BYTES: Final = 16 * 1024 * 1024
PAGE_BYTES: Final = 4096
TRUNCATE_WAIT_MS: Final = 100  # writers wait while a truncating checkpoint waits for readers

KEPT_STATEMENTS: Final = 512  # prepared ones of a connection; of a batch there is one for each size

PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA synchronous=FULL",  # a 2xx promises that the row survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only unlinked
    f"PRAGMA journal_size_limit={MOST_WAL_BYTES}",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
    # A writer moves the WAL itself where no `models.operating.checkpointer` does so in time.
    f"PRAGMA wal_autocheckpoint={MOST_WAL_BYTES // PAGE_BYTES}",
)
_READ_UNTIL: Final = "read_until"


def file_of(url: str) -> str:
    """Return the path of the file that a URL names. Raises ValueError for a database in memory."""
    file = make_url(url).database
    if not file or file == ":memory:":
        msg = "DATABASE_URL should name a file: several processes share it"
        raise ValueError(msg)
    return file


def create_sqlite_engine(url: str, **pool: Any) -> Engine:
    """Create an engine whose writing transactions begin IMMEDIATE.

    SQLAlchemy's default begins deferred and loses updates silently (1002 of 1200 in a test with eight
    processes); see https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable.
    """
    _make_private(Path(file_of(url)))
    engine = create_engine(
        url,
        paramstyle="named",  # so that the guard sees for which tenant a value is
        hide_parameters=True,
        json_serializer=to_json,
        connect_args={
            "check_same_thread": False,
            "timeout": BUSY_MS / 1000,
            "cached_statements": KEPT_STATEMENTS,
        },
        **pool,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin_transaction)
    event.listen(engine, "before_cursor_execute", _refuse_when_late)
    return engine


def _make_private(file: Path) -> None:
    """Create the file, readable by its owner only; SQLite gives its companion files the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _prepare_connection(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)
    _write_ahead(connection)
    info = record.info
    connection.set_progress_handler(lambda: time.monotonic() > _read_until(info), STEPS_BETWEEN_LOOKS)


def begin(connection: Connection, *, writes: bool) -> None:
    """Begin a transaction by the driver; one that reads must end in time (`MOST_READING_S`)."""
    connection.connection.info[_READ_UNTIL] = None if writes else time.monotonic() + MOST_READING_S
    run_text(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_transaction(connection: Connection) -> None:
    if not is_begun(connection):
        begin(connection, writes=connection.get_execution_options().get("writes", True))


def _read_until(info: Any) -> float:
    until = info.get(_READ_UNTIL)
    return float("inf") if until is None else until


def _refuse_when_late(conn: Any, _cursor: Any, _statement: str, *_: Any) -> None:
    """Refuse another statement of a reader that is late, as SQLite interrupts the one that runs."""
    if time.monotonic() > _read_until(conn.connection.info):
        raise DatabaseUnavailable("a transaction has read for too long")


def _write_ahead(connection: Any) -> None:
    """Switch the file to write-ahead logging, which is stored in it.

    While two processes do so at once, SQLite answers the second "locked" without waiting for its busy timeout
    (its read lock would have to grow), so we wait ourselves.
    """
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as refused:
            if "locked" not in str(refused) or time.monotonic() > deadline:
                raise
            time.sleep(WAL_POLL_S)


def truncate_wal(engine: Engine, write_lock: AbstractContextManager[None]) -> int:
    """Move the WAL into the database and empty its file if it is too large; return its size now, in bytes.

    Writers go on while most of it is moved, and wait for the rest. A reader that does not end soon is not
    waited for; then the file stays as large as it is until the next call.
    """
    wal = Path(f"{file_of(str(engine.url))}-wal")
    if _size(wal) <= MOST_WAL_BYTES:
        return _size(wal)
    connection = engine.raw_connection()
    try:
        execute = connection.cursor().execute
        execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        execute(f"PRAGMA busy_timeout={TRUNCATE_WAIT_MS}")
        with write_lock:
            execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.close()
    return _size(wal)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
