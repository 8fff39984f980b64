"""Moves SQLite's write-ahead log into the database beside the writers, which then never stop for it.

SQLite's own way is that the writer whose commit fills the log moves it: one webhook or card in some dozens
waited for that, 30 ms and longer. See https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files.
"""

from __future__ import annotations

from typing import Any, Final

from models.database.engine import Database

EVERY_S: Final = 0.5
LEAST_COMMITS: Final = 25  # fewer of this process wait for more, or for another process
LONG_LOG: Final = 2000  # pages of 4 kB; the rest of such a log is moved while nobody writes: it begins anew


class Checkpointer:
    """Does so for one process; its `step` is called every half second, beside all else."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits = database.commits  # when the log was moved

    def step(self) -> bool:
        """Move the log if this process has written; return False, as there is no more to do.

        Raises what SQLAlchemy or the driver raise; then the log is moved another time.
        """
        if self._database.is_sqlite and self._database.commits - self._commits >= LEAST_COMMITS:
            self._commits = self._database.commits
            self._move_log()
        return False

    def _move_log(self) -> None:
        """Move what is in the log; where it is long, also what came meanwhile, while writers wait."""
        connection = self._database.engine.raw_connection()
        try:
            if _checkpoint(connection) > LONG_LOG:
                with self._database.write_lock:
                    _checkpoint(connection)
        finally:
            connection.close()


def _checkpoint(connection: Any) -> int:
    """Move what no reader needs as it was; return how many pages the log has."""
    _is_busy, pages, _moved = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
