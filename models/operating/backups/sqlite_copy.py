"""Copies of SQLite files by SQLite's backup API: consistent while others write, with a bounded WAL.

https://www.sqlite.org/backup.html. A copy reads one snapshot, and while it is read the write-ahead log can
only grow. So once the log is large, writers wait for the rest of the copy.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, table
from sqlalchemy.dialects import sqlite

from models.database.sqlite import MOST_WAL_BYTES, STEPS_BETWEEN_LOOKS
from models.errors import InvalidRequest
from models.operating.backups.pieces import BackupStopped, IsStopped, never

PAGES: Final = 2048  # in one step, 8 MB
WRITERS_WAIT_AFTER: Final = 4 * MOST_WAL_BYTES
BUSY_S: Final = 30.0


def open_file(file: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a SQLite file that exists."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S)
    connection.isolation_level = None
    return connection


def copy_snapshot(
    source: Path,
    target: Path,
    write_lock: AbstractContextManager[None],
    is_stopped: IsStopped = never,
) -> tuple[dict[str, int], bool]:
    """Copy a file that may be in use to a new one; return the rows a table, and whether writers had to wait.

    The counts are of the very snapshot that was copied. Raises InvalidRequest if the copy is damaged, and
    BackupStopped; a query that is stopped raises what SQLite does.
    """
    wal = Path(f"{source}-wal")
    with ExitStack() as held:
        reader = held.enter_context(closing(open_file(source, read_only=False)))
        writer = held.enter_context(closing(sqlite3.connect(target)))
        waits: list[bool] = []
        for each in (reader, writer):
            each.set_progress_handler(is_stopped, STEPS_BETWEEN_LOOKS)

        def keep_wal_small(_status: int, remaining: int, _total: int) -> None:
            if is_stopped():
                raise BackupStopped
            if remaining and not waits and wal.exists() and wal.stat().st_size > WRITERS_WAIT_AFTER:
                held.enter_context(write_lock)
                waits.append(True)

        # A transaction that was begun before holds the same snapshot through all steps.
        reader.execute("BEGIN")
        counts = count_rows(reader)
        reader.backup(writer, pages=PAGES, progress=keep_wal_small, sleep=0)
        reader.execute("COMMIT")
        writer.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, without companions
        check_integrity(writer, target)
    return counts, bool(waits)


def overwrite(source: Path, target: Path) -> dict[str, int]:
    """Replace the content of a file by that of another one, at once or not at all; return the rows a table.

    Raises InvalidRequest if the source is damaged.
    """
    with closing(open_file(source, read_only=True)) as reader, closing(sqlite3.connect(target)) as writer:
        check_integrity(reader, source)
        reader.backup(writer)
        return count_rows(writer)


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the rows of every table."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for (name,) in connection.execute(named)]
    return {name: connection.execute(_count_of(name)).fetchone()[0] for name in tables}


def _count_of(name: str) -> str:
    return str(select(func.count()).select_from(table(name)).compile(dialect=sqlite.dialect()))


def check_integrity(connection: sqlite3.Connection, file: Path) -> None:
    """Raise InvalidRequest if a file is damaged."""
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as damaged:
        raise InvalidRequest(f"{file} is no whole SQLite database: {damaged}") from damaged
    if found != "ok":
        raise InvalidRequest(f"{file} is damaged: {found}")
