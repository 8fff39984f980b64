"""A database with rows of two tenants in each table, and where its backups go."""

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
