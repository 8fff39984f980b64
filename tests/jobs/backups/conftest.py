"""A database with rows of two tenants, a folder for its daily backups, a clock, and a backup without end."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.backups import daily, wanted
from models.database.engine import Database
from models.operating.backups import sqlite_copy
from models.security.audit import Auditor
from models.settings import Settings
from tests.conftest import AUDIT_KEY, TwoTenants
from tests.crm import settings_for
from tests.engine import NOON, HandClock
from tests.models.maintenance.test_nothing_is_left import fill
from tests.postgresql import Databases

ENDLESS = "WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) SELECT n FROM endless"
SLOW_DUMP = """#!/bin/sh
echo the beginning of a dump
exec sleep 600
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path, BACKUP_FOLDER=str(folder), BACKUP_KEEP="2")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    made = HandClock()
    for module in (daily, wanted):
        monkeypatch.setattr(module, "now", made)

    def monotonic() -> float:
        return (made.at - NOON).total_seconds()

    monkeypatch.setattr(daily, "monotonic", monotonic)
    return made


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    for number, tenant_id in enumerate(tenants):
        fill(database, tenant_id, f"marker{number}")
    return database


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite a backup does not end in the middle of a query, on PostgreSQL its program writes nothing."""

    def check_for_long(connection: sqlite3.Connection, _file: Path) -> None:
        for _ in connection.execute(ENDLESS):
            pass

    monkeypatch.setattr(sqlite_copy, "check_integrity", check_for_long)
    (tmp_path / "pg_dump").write_text(SLOW_DUMP)
    (tmp_path / "pg_dump").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


@pytest.fixture
def postgresql_database(postgresql: Databases) -> Iterator[Database]:
    with postgresql.fresh() as url:
        made = Database(url, Auditor(AUDIT_KEY))
        yield made
        made.close()
