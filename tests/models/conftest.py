"""Fixtures of the tests of models."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.explained import SECOND, fill


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """10,000 events and deliveries of each tenant, few of them open; the planner knows them."""
    at = NOON - SECOND
    for tenant_id in tenants:
        fill(database, tenant_id, at.isoformat(timespec="microseconds") if database.is_sqlite else at)
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return database
