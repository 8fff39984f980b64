"""PostgreSQL is let look at tables that grow quickly, so that its plans fit them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from models.database import migrate
from models.database.engine import Database
from models.operating import statistics
from models.operating.statistics import renew_statistics
from models.tables import Base, Event, Tenant
from tests.models.rows import add
from tests.postgresql import Databases
from tests.stack import wait_until


@pytest.fixture
def fresh(postgresql: Databases) -> Iterator[Database]:
    with postgresql.fresh() as url:
        database = Database(url)
        migrate.prepare(database)
        yield database
        database.close()


def _known_rows(database: Database) -> float:
    query = text("SELECT reltuples FROM pg_class WHERE oid = CAST('events' AS regclass)")
    with database.schema() as connection:
        return float(connection.execute(query).scalar_one())


def test_a_table_that_has_grown_is_looked_at_once(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "LEAST_ROWS", 5)
    for name in ("Acme", "Umbrella"):
        tenant = Tenant(name=name)
        add(fresh, tenant)
        add(fresh, *(Event(tenant_id=tenant.id, source_key=f"e{key}", raw=b"{}") for key in range(4)))

    # A session of PostgreSQL reports what it has changed a moment later.
    wait_until(lambda: "events" in renew_statistics(fresh), 50)

    assert _known_rows(fresh) == 8
    assert renew_statistics(fresh) == []


def test_only_tables_of_ours_are_named() -> None:
    assert statistics._LOOKS.keys() <= Base.metadata.tables.keys()
    assert all(str(look).endswith(f" {name}") for name, look in statistics._LOOKS.items())
