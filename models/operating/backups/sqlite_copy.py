"""Copies of SQLite files by SQLite's backup API: consistent while others write, with a bounded WAL.

https://www.sqlite.org/backup.html. A copy reads one snapshot, and while it is read the write-ahead log can
only grow. So once the log is large, writers wait for the rest of the copy.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, table
from sqlalchemy.dialects import sqlite

from models.database.sqlite import MOST_WAL_BYTES, STEPS_BETWEEN_LOOKS
from models.errors import InvalidRequest
from models.operating.backups.pieces import BackupStopped, IsStopped, never, private_file

PAGES: Final = 2048  # in one step, 8 MB
WRITERS_WAIT_AFTER: Final = 4 * MOST_WAL_BYTES
BUSY_S: Final = 30.0
COPY: Final = ".backup-copy"
TURN: Final = ".backup-turn"  # who has its lock may have a copy
COMPANIONS: Final = ("-journal", "-wal", "-shm")


def open_file(file: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a SQLite file that exists."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S)
    connection.isolation_level = None
    return connection


@contextmanager
def plain_copy(source: Path) -> Iterator[Path]:
    """Make an empty private file beside a database, for a copy of it; nothing of it is left after the block.

    There is one at a time, and what a killed backup left of it is removed. Raises InvalidRequest.
    """
    copy = source.with_name(f"{source.name}{COPY}")
    with _only_one(source.with_name(f"{source.name}{TURN}")):
        _remove_companions(copy)  # an old journal is not of the new file
        with private_file(copy):
            try:
                yield copy
            finally:
                _remove_companions(copy)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    opened = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as locked:
            raise InvalidRequest(
                "another encrypted backup of this database is being made: try again once it has ended"
            ) from locked
        yield
    finally:
        os.close(opened)


def _remove_companions(file: Path) -> None:
    for end in COMPANIONS:
        file.with_name(f"{file.name}{end}").unlink(missing_ok=True)


def copy_snapshot(
    source: Path,
    target: Path,
    write_lock: AbstractContextManager[None],
    is_stopped: IsStopped = never,
) -> tuple[dict[str, int], bool]:
    """Copy a file that may be in use to a new one; return the rows a table, and whether writers had to wait.

    The counts are of the very snapshot that was copied. The copy need not be on the disk yet. Raises
    InvalidRequest if it is damaged or could not be written, and BackupStopped.
    """
    wal = Path(f"{source}-wal")
    waits: list[bool] = []
    with (
        _stoppable(source, target, is_stopped),
        closing(open_file(source, read_only=False)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        for each in (reader, writer):
            each.set_progress_handler(is_stopped, STEPS_BETWEEN_LOOKS)
        writer.execute("PRAGMA synchronous=OFF")  # writers would wait for the disk of the copy
        with ExitStack() as held:

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


def overwrite(source: Path, target: Path, is_stopped: IsStopped = never) -> dict[str, int]:
    """Replace the content of a file by that of another one, at once or not at all; return the rows a table.

    Raises InvalidRequest if the source is damaged or could not be copied, and BackupStopped.
    """

    def look(*_: int) -> None:
        if is_stopped():
            raise BackupStopped

    with (
        _stoppable(source, target, is_stopped),
        closing(open_file(source, read_only=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.set_progress_handler(is_stopped, STEPS_BETWEEN_LOOKS)
        check_integrity(reader, source)
        reader.backup(writer, pages=PAGES, progress=look, sleep=0)
        return count_rows(writer)


@contextmanager
def _stoppable(source: Path, target: Path, is_stopped: IsStopped) -> Iterator[None]:
    """Raise BackupStopped for a query that was stopped, InvalidRequest where the disk is full."""
    try:
        yield
    except (sqlite3.OperationalError, InvalidRequest) as failed:
        if is_stopped():
            raise BackupStopped from failed
        if isinstance(failed, InvalidRequest):
            raise
        raise InvalidRequest(f"{source} cannot be copied to {target}: {failed}") from failed


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
