"""The ground on which worlds stand, one after the other: a database that is new for each of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from models.database import migrate
from models.database.engine import Database
from models.security.audit import Auditor
from tests.simulation.ports import Borders, SimulatedDatabase

MEMORY: Final = Path("/dev/shm")
AUDIT_KEY: Final = b"a key of the simulation"


class Ground:
    """One engine of SQLAlchemy for all worlds: to compile its statements costs more than to run a world.

    `template` is a migrated database. `looking` reads the same file, outside of the borders.
    """

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self._template = template
        self._file = folder / "world.db"
        self.database = SimulatedDatabase(f"sqlite:///{self._file}", Auditor(AUDIT_KEY))
        self.looking = Database(f"sqlite:///{self._file}", Auditor(AUDIT_KEY))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.database.close()
        self.looking.close()

    def renew(self, borders: Borders) -> None:
        """Make the database new, for a world with these borders."""
        self.database.close()
        self.looking.close()
        for each in self.folder.glob("world.db-[ws]*"):
            each.unlink()
        shutil.copyfile(self._template, self._file)
        self.database.stand_among(borders)


def memory_folder() -> Path | None:
    """Return a folder in memory, where the machine has one: worlds write much and keep nothing."""
    return MEMORY if MEMORY.is_dir() else None


def migrated(folder: Path) -> Path:
    """Return a migrated database, made in this folder."""
    file = folder / "template.db"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file
