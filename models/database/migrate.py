"""Migrates the schema up and down, one process at a time.

Alembic is imported where something is to be migrated: a process that starts on a schema of its own release
needs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, inspect, text

from models.database.engine import Database
from models.database.row_security import make_app_role
from models.errors import InvalidSettings

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER: Final = Path(__file__).parents[1] / "migrations"
ADVISORY_LOCK: Final = 7_364_736
ANCHORS: Final = "0006"  # the revision since which audit trails have anchors


def _make_config(connection: Connection | None = None) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision in the code."""
    return max(_revisions())


def _revisions() -> list[str]:
    """Return the revisions in the code: migrations are numbered without gaps, each follows the one before."""
    return [file.name[:4] for file in (FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")]


def current(database: Database) -> str | None:
    """Return the revision of a database, None for an empty one. Raises DatabaseUnavailable."""
    with database.schema() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate the schema up to a revision; a second process waits, then finds nothing to do."""
    from alembic import command  # noqa: PLC0415 - see above

    has_no_anchors = (current(database) or "") < ANCHORS
    with _exclusive_connection(database) as connection:
        command.upgrade(_make_config(connection), revision)
        make_app_role(connection)
    if has_no_anchors and database.auditor is not None and (current(database) or "") >= ANCHORS:
        with database.writing_all() as session:
            database.auditor.anchor_unanchored(session)


def downgrade(database: Database, revision: str) -> None:
    """Migrate the schema down to a revision (`base` empties it)."""
    from alembic import command  # noqa: PLC0415 - see above

    with _exclusive_connection(database) as connection:
        command.downgrade(_make_config(connection), revision)


def prepare(database: Database) -> None:
    """Migrate the schema to this code when a process starts.

    An empty database and an old SQLite file are migrated. An old PostgreSQL is not: other machines may
    run on it. Raises InvalidSettings there, and where the schema is newer than this code.
    """
    found = current(database)
    if found == head():
        return
    if found is not None and not is_known(found):
        raise InvalidSettings([f"DATABASE_URL names a database of a newer release ({found}, not {head()})"])
    if found is not None and not database.is_sqlite:
        raise InvalidSettings(
            [f"DATABASE_URL names a database at {found}: run `python -m models upgrade` to reach {head()}"]
        )
    upgrade(database)


def is_known(revision: str) -> bool:
    """Whether a revision is one of this code's."""
    return revision in _revisions()


@contextmanager
def _exclusive_connection(database: Database) -> Iterator[Connection]:
    with database.write_lock, database.schema() as connection:
        if database.is_sqlite:
            # Batch operations drop and copy tables; references are checked again at the end.
            _check_references(connection, "OFF")
        else:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        try:
            yield connection
            connection.commit()
        finally:
            if database.is_sqlite:
                connection.rollback()
                _check_references(connection, "ON")


def _check_references(connection: Connection, switch: str) -> None:
    """Switch SQLite's foreign keys: outside a transaction, so past SQLAlchemy, which would begin one."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={switch}")


def new(database: Database, message: str) -> str:
    """Write the next numbered migration from the difference between tables and schema; return its path."""
    from alembic import command  # noqa: PLC0415 - see above

    number = f"{int(head()) + 1:04}"
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")
    with _exclusive_connection(database) as connection:
        made = command.revision(_make_config(connection), message=message, rev_id=number, autogenerate=True)
    return f"models/migrations/versions/{number}_{slug}.py" if made else ""
