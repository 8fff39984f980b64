"""Keeps SQLite's write-ahead log small, which grows as long as somebody reads."""

from __future__ import annotations

import structlog

from models.database.engine import Database
from models.database.sqlite import MOST_WAL_BYTES, truncate_wal

log = structlog.get_logger()


def truncate_large_wal(database: Database) -> None:
    """Empty the log if it is too large; log a warning while a reader keeps it. Nothing on PostgreSQL."""
    if not database.is_sqlite:
        return
    size = truncate_wal(database.engine, database.write_lock)
    if size > MOST_WAL_BYTES:
        log.warning(
            "database.wal_is_large", megabytes=size // 2**20, hint="a program reads the file for long"
        )
