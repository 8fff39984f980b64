"""A database with rows of two tenants in each table, and an empty one of the same kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.models.maintenance.test_nothing_is_left import fill


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    for number, tenant_id in enumerate(tenants):
        fill(database, tenant_id, f"marker{number}")
    return database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "backup"


@pytest.fixture
def empty(database: Database, bare_database: Database) -> Database:
    """An empty database of the same kind as the other."""
    if database.is_sqlite is not bare_database.is_sqlite:
        pytest.skip("of the other kind")
    return bare_database
