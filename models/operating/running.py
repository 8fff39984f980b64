"""Whether processes of the installation run, for commands that nothing may run beside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.database.sqlite import file_of
from models.errors import InvalidRequest
from models.operating.workers import is_alive, list_workers

PROCESSES: Final = Path("/proc")


def refuse_while_running(database: Database) -> None:
    """Raise InvalidRequest while another process uses the database, as far as that can be known."""
    if others := _processes_with(Path(file_of(str(database.engine.url)))) if database.is_sqlite else []:
        named = ", ".join(str(pid) for pid in others)
        raise InvalidRequest(f"stop the web parts and the workers first: processes {named} use the database")
    if migrate.current(database) != migrate.head():
        return
    with database.reading_all() as session:
        living = [each for each in list_workers(session) if is_alive(each, now())]
    if living and not database.is_sqlite:  # of SQLite's processes none is left, so these were killed
        named = ", ".join(f"{each.host}:{each.pid}" for each in living)
        raise InvalidRequest(f"stop the workers first, or wait half a minute if they were killed: {named}")


def _processes_with(file: Path) -> list[int]:
    """Return the other processes that have a file open; on Linux, and only those we may look into."""
    found = set()
    for link in PROCESSES.glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == file.absolute():
                found.add(int(link.parts[-3]))
        except OSError:  # it has ended, or is not ours
            continue
    return sorted(found - {os.getpid()})
