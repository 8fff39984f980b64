"""PostgreSQL is let look at tables that grow quickly; SQLite goes by its indexes alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from models.database import migrate
from models.database.engine import Database
from models.deliveries.store import _FINISH
from models.operating import statistics
from models.operating.statistics import drop_statistics, renew_statistics
from models.tables import Base, Event, Tenant
from tests.models.rows import add
from tests.postgresql import Databases
from tests.stack import wait_until

_NUMBERS = count()
MANY_WAIT = """
    INSERT INTO deliveries
        (tenant_id, rule_name, event_type, lane, request_id, state, next_attempt_at, created_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT :tenant, 'r', 'deal.won', 'spaces/A', 'request-' || i, 'pending', '2026-11-02', '2026-11-02' FROM n
"""


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


def _plan(database: Database, connection: Connection) -> str:
    """Return how SQLite looks for the delivery whose message was sent.

    A connection notices that the schema has changed when it runs a statement, which to explain one is not.
    """
    asked = f"EXPLAIN QUERY PLAN {_FINISH.of_few.text_for(1, database.engine.dialect)}"
    driver: Any = connection.connection.driver_connection
    driver.execute("SELECT id FROM tenants").fetchall()
    statement = f"{asked} -- {next(_NUMBERS)}"  # the driver keeps what it has prepared
    return "; ".join(row[3] for row in driver.execute(statement, [None] * statement.count("?")))


def test_an_operators_analyze_does_not_make_sqlite_read_whole_tables(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Where one team has all rows, an index of teams and messages counts as no better than the table."""
    (tmp_path / "pipenotify.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{tmp_path}/pipenotify.db")
    tenant = Tenant(name="Acme")
    add(database, tenant)
    with database.schema() as connection:
        connection.execute(text(MANY_WAIT), {"tenant": tenant.id})
        connection.execute(text("ANALYZE"))
        connection.commit()
    with database.schema() as held, capture_logs() as logged:
        assert "SCAN deliveries" in _plan(database, held)

        drop_statistics(database)
        drop_statistics(database)

        with database.schema() as another:
            plans = [_plan(database, each) for each in (held, another)]

    assert all("ix_deliveries_message" in each for each in plans), plans
    assert [each["event"] for each in logged] == ["database.statistics_dropped"]
    database.close()


def test_only_tables_of_ours_are_named() -> None:
    assert statistics._LOOKS.keys() <= Base.metadata.tables.keys()
    assert all(str(look).endswith(f" {name}") for name, look in statistics._LOOKS.items())
