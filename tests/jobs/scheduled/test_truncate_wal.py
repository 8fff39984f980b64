"""The worker empties a large write-ahead log, and warns while a reader keeps it large."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from jobs.scheduled.truncate_wal import truncate_large_wal
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.rows import event

SIZE = 300_000


def add_event(database: Database, tenant_id: int, key: str) -> None:
    with database.writing(tenant_id) as session:
        row = event(tenant_id, key)
        row.raw = b"x" * SIZE
        session.add(row)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_large_log_is_emptied_unless_somebody_reads(
    database: Database, tenants: TwoTenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.sqlite.MOST_WAL_BYTES", SIZE)
    monkeypatch.setattr("jobs.scheduled.truncate_wal.MOST_WAL_BYTES", SIZE)
    file = tmp_path / "pipenotify.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tenants").fetchall()
        add_event(database, tenants.ours, "a")
        add_event(database, tenants.ours, "b")
        with structlog.testing.capture_logs() as said:
            truncate_large_wal(database)
        reader.execute("ROLLBACK")
    assert [line["event"] for line in said] == ["database.wal_is_large"]

    with structlog.testing.capture_logs() as said:
        truncate_large_wal(database)
    assert said == []
    assert Path(f"{file}-wal").stat().st_size == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_has_no_log_to_empty(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.scheduled.truncate_wal.MOST_WAL_BYTES", 0)
    add_event(database, tenants.ours, "a")
    with structlog.testing.capture_logs() as said:
        truncate_large_wal(database)
    assert said == []
