"""The write-ahead log moves into the database beside the writers, and begins anew when it is long."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models.database.engine import Database
from models.operating import checkpointer
from models.operating.checkpointer import LEAST_COMMITS, Checkpointer
from tests.conftest import TwoTenants
from tests.models.rows import event


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> str:
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{file}"


def store(database: Database, tenant_id: int, first: int, events: int, size: int = 10) -> None:
    for number in range(first, first + events):
        with database.writing(tenant_id) as session:
            row = event(tenant_id, f"e{number}")
            row.raw = b"x" * size
            session.add(row)


def moved(folder: Path) -> int:
    """Count the events in the database file alone, without its log."""
    copy = folder / "copy.db"
    shutil.copyfile(folder / "pipenotify.db", copy)
    with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def log_pages(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "pipenotify.db")) as connection:
        return int(connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])


def test_what_this_process_wrote_moves_into_the_database(
    database: Database, tenants: TwoTenants, tmp_path: Path
) -> None:
    mover = Checkpointer(database)
    store(database, tenants.ours, 0, LEAST_COMMITS - 1)
    mover.step()
    assert moved(tmp_path) == 0

    store(database, tenants.ours, LEAST_COMMITS, 1)
    assert not mover.step()

    assert moved(tmp_path) == LEAST_COMMITS


def test_who_only_reads_moves_nothing(database: Database, tenants: TwoTenants, tmp_path: Path) -> None:
    store(database, tenants.ours, 0, LEAST_COMMITS)
    mover = Checkpointer(database)
    for _ in range(LEAST_COMMITS):
        with database.reading(tenants.ours):
            pass

    mover.step()

    assert moved(tmp_path) == 0


def test_a_long_log_begins_anew(
    database: Database, tenants: TwoTenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointer, "LONG_LOG", 50)
    mover = Checkpointer(database)
    store(database, tenants.ours, 0, LEAST_COMMITS, size=40_000)

    mover.step()
    store(database, tenants.ours, LEAST_COMMITS, 1)

    assert log_pages(tmp_path) < 50


def test_a_reader_keeps_what_it_sees_while_the_log_is_moved(
    database: Database, tenants: TwoTenants, tmp_path: Path
) -> None:
    mover = Checkpointer(database)
    with closing(sqlite3.connect(tmp_path / "pipenotify.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchall()
        store(database, tenants.ours, 0, LEAST_COMMITS)
        mover.step()
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (0,)
        assert moved(tmp_path) == 0
        reader.execute("ROLLBACK")

    store(database, tenants.ours, LEAST_COMMITS, LEAST_COMMITS)
    mover.step()
    assert moved(tmp_path) == 2 * LEAST_COMMITS
