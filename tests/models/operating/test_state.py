"""Connections and destinations are counted over all tenants, and removed ones are not."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.operating import state
from models.tables import Connection
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination


def test_nothing_is_counted_where_there_is_nothing(database: Database) -> None:
    with database.reading_all() as session:
        assert set(state.count_connections(session).values()) == {0}
        assert state.count_paused(session) == {"paused": 0, "refused": 0}
        assert state.most_spent(session, NOON.date()) == []


def test_counts_end_at_their_limit(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_COUNTED", 1)
    monkeypatch.setattr(state, "MOST_NAMED", 1)
    for number, tenant_id in enumerate(tenants):
        add(
            database,
            Connection(tenant_id=tenant_id, company_id=str(number), state="connected"),
            destination(tenant_id, is_active=False),
        )
    with database.reading_all() as session:
        assert state.count_connections(session)["connected"] == 1
        assert state.count_paused(session) == {"paused": 1, "refused": 0}
        assert len(state.paused_destinations(session)) == 1


def test_removed_destinations_are_not_named(database: Database, tenants: TwoTenants) -> None:
    add(database, destination(tenants.ours, is_active=False, removed_at=NOON))
    with database.reading_all() as session:
        assert state.paused_destinations(session) == []
        assert state.count_paused(session) == {"paused": 0, "refused": 0}


def test_connections_in_use_are_counted(database: Database) -> None:
    with database.reading_all():
        assert state.pool_usage(database) == {"in_use": 1, "idle": 0, "overflow": 0}
    assert state.pool_usage(database) == {"in_use": 0, "idle": 1, "overflow": 0}
