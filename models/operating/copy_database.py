"""Copies a whole database into an empty one of either kind: the move from SQLite to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Integer, Table, func, insert, select
from sqlalchemy.exc import DBAPIError

from models.database import migrate
from models.database.engine import Database
from models.errors import InvalidRequest
from models.operating.backups.manifest import check_counts, summary
from models.operating.backups.postgresql_dump import see_all_tenants
from models.operating.running import refuse_while_running
from models.tables.base import Base
from models.tables.types.encrypted import ENCRYPTED_TYPES, as_stored
from models.tables.upkeep import WorkerProcess

BATCH: Final = 500
# Triggers of the target count deliveries; which workers lived says nothing about the new database.
LEFT_OUT: Final = frozenset(("delivery_counts", WorkerProcess.__tablename__))


def copy_database(source: Database, target: Database) -> Iterator[str]:
    """Copy every row into an empty database, all or nothing; yield what was done, as lines of text.

    Nothing may run meanwhile: what came later would stay behind. Raises InvalidRequest, DatabaseUnavailable.
    """
    if migrate.current(source) != migrate.head():
        raise InvalidRequest("bring the source up to this release first: `python -m models upgrade`")
    refuse_while_running(source)
    _prepare(target)
    with source.write_lock, source.schema() as reading, target.write_lock, target.schema() as writing:
        for each in (reading, writing):
            see_all_tenants(each)
        counts = {table.name: _copy_table(reading, writing, table) for table in _tables()}
        _advance_sequences(writing)
        check_counts({table.name: _count(writing, table) for table in _tables()}, counts)
        writing.commit()
    yield f"copied {summary(counts)}, each table compared"
    yield (
        "Now give every process the new DATABASE_URL and the same ENCRYPTION_KEYS and SECRET_KEY as before "
        "(unset until now? the keys are in the file encryption-keys under PIPENOTIFY_DATA), and start them."
    )


def _tables() -> list[Table]:
    """Return the tables to copy, each behind those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def _prepare(target: Database) -> None:
    """Make the tables of the target. Raises InvalidRequest if anything is in them."""
    try:
        migrate.upgrade(target)
    except DBAPIError as refused:
        raise InvalidRequest(f"the target refuses to make tables: {refused.orig}") from refused
    with target.reading_all() as session:
        full = [table.name for table in _tables() if _count(session.connection(), table)]
    if full:
        raise InvalidRequest(f"the target is not empty: {', '.join(full)}")


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    """Copy the rows of a table in the order of their key; return how many."""
    copied = 0
    columns = [_as_it_is(column) for column in table.c]
    found = reading.execution_options(yield_per=BATCH).execute(select(*columns).order_by(*table.primary_key))
    for rows in found.mappings().partitions(BATCH):
        try:
            writing.execute(insert(table), [dict(row) for row in rows])
        except DBAPIError as refused:
            raise InvalidRequest(f"the target refuses rows of {table.name}: {refused.orig}") from refused
        copied += len(rows)
    return copied


def _as_it_is(column: Any) -> Any:
    """Return a column so that what is encrypted in it is copied as it is."""
    is_plain = not isinstance(column.type, ENCRYPTED_TYPES)
    return column if is_plain else as_stored(column).label(column.name)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _advance_sequences(writing: Connection) -> None:
    """Let PostgreSQL number new rows behind the copied ones; SQLite does so by itself."""
    if writing.dialect.name != "postgresql":
        return
    for table in _tables():
        if "id" not in table.c or not isinstance(table.c.id.type, Integer):
            continue
        newest = func.max(table.c.id)
        sequence = func.setval(func.pg_get_serial_sequence(table.name, "id"), newest)
        writing.execute(select(sequence).having(newest.is_not(None)))
