"""SQLite: readers end in time, and the WAL is bounded while somebody reads long."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import delete, text

from models.database.engine import Database
from models.database.sqlite import truncate_wal
from models.errors import DatabaseUnavailable
from models.tables import Tenant
from models.tables.events import Event
from tests.conftest import TwoTenants
from tests.models.rows import event

FOREVER: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
LIMIT: Final = 1024 * 1024


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> str:
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database.sqlite.MOST_READING_S", 0.4)
    monkeypatch.setattr("models.database.sqlite.MOST_WAL_BYTES", LIMIT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pipenotify.db"


def wal_bytes(file: Path) -> int:
    return Path(f"{file}-wal").stat().st_size


def write(database: Database, tenant_id: int, megabytes: int, name: str = "e") -> None:
    for number in range(megabytes * 4):
        with database.writing(tenant_id) as session:
            row = event(tenant_id, f"{name}{number}")
            row.raw = bytes([number % 250 + 1]) * 250_000
            session.add(row)


@pytest.fixture
def outside_reader(file: Path, database: Database) -> Iterator[sqlite3.Connection]:
    """A reader that is no process of ours, as a backup or a person with the `sqlite3` command."""
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tenants").fetchall()
        yield reader


def test_statement_that_reads_for_too_long_is_ended(database: Database) -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="interrupted"), database.reading_all() as session:
        session.execute(text(FOREVER))
    assert time.monotonic() - started < 5


def test_transaction_that_reads_for_too_long_gets_no_further_statement(database: Database) -> None:
    with database.reading_all() as session:
        session.execute(text("SELECT 1"))
        time.sleep(0.5)
        with pytest.raises(DatabaseUnavailable, match="read for too long"):
            session.execute(text("SELECT 1"))
    with database.reading_all() as session:  # the connection is as good as before
        assert session.scalar(text("SELECT 1")) == 1


def test_writer_may_take_as_long_as_it_needs(database: Database) -> None:
    with database.writing_all() as session:
        session.add(Tenant(name="Acme"))
        session.flush()
        time.sleep(0.5)
        session.add(Tenant(name="Umbrella"))
    with database.reading_all() as session:
        assert session.scalar(text("SELECT count(*) FROM tenants")) == 2


def test_wal_is_small_again_after_a_reader_of_ours_was_ended(
    database: Database, tenants: TwoTenants, file: Path
) -> None:
    refused: list[Exception] = []

    def read() -> None:
        try:
            with database.reading_all() as session:
                session.execute(text(FOREVER))
        except DatabaseUnavailable as late:
            refused.append(late)

    reader = threading.Thread(target=read)
    reader.start()
    write(database, tenants.ours, 4)
    reader.join(10)
    write(database, tenants.ours, 2, "after")

    assert len(refused) == 1
    assert truncate_wal(database.engine, database.write_lock) <= LIMIT
    assert wal_bytes(file) <= LIMIT


def test_reader_from_outside_holds_up_no_writer_and_the_wal_shrinks_when_it_ends(
    database: Database, tenants: TwoTenants, file: Path, outside_reader: sqlite3.Connection
) -> None:
    write(database, tenants.ours, 4)
    assert wal_bytes(file) > 4_000_000
    started = time.monotonic()
    assert truncate_wal(database.engine, database.write_lock) > LIMIT
    assert time.monotonic() - started < 2
    assert outside_reader.execute("SELECT count(*) FROM events").fetchall() == [(0,)]

    outside_reader.execute("ROLLBACK")
    assert truncate_wal(database.engine, database.write_lock) == 0
    assert wal_bytes(file) == 0


def test_wal_stays_small_without_a_long_reader(database: Database, tenants: TwoTenants, file: Path) -> None:
    write(database, tenants.ours, 8)
    assert wal_bytes(file) <= 4 * 4096 * 1000  # SQLite's own checkpoint after 1,000 pages


def test_deleted_rows_are_overwritten(database: Database, tenants: TwoTenants, file: Path) -> None:
    with database.writing(tenants.ours) as session:
        session.add(event(tenants.ours, "marker-of-jane-roe"))
    with database.writing(tenants.ours) as session:
        session.execute(delete(Event).where(Event.tenant_id == tenants.ours))
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert b"marker-of-jane-roe" not in file.read_bytes()
