"""Heartbeats while the process serves; after a long pause, gaps in the same transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.tables import Backfill, Connection, Heartbeat
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.stack import wait_until
from web.from_pipedrive import heartbeat
from web.from_pipedrive.heartbeat import HeartbeatWriter


def test_it_beats_from_the_start(database: Database) -> None:
    made = HeartbeatWriter(database)
    made.start()
    wait_until(lambda: count(database, Heartbeat), 20, "the first beat")
    made.stop()
    made.join(20)
    assert not made.is_alive()


def test_a_long_pause_is_a_gap_for_every_connected_tenant(database: Database, tenants: TwoTenants) -> None:
    back = now() - timedelta(hours=2)
    for tenant_id in tenants:
        known = {"company_id": str(tenant_id), "state": "connected", "refresh_token": "closed"}
        add(database, Connection(tenant_id=tenant_id, created_at=back - timedelta(days=1), **known))
    add(database, Heartbeat(part="door", at=back))

    for _ in range(3):
        assert HeartbeatWriter(database).record_heartbeat()

    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            away, ban = session.scalars(select(Backfill).where(Backfill.tenant_id == tenant_id)).all()
        assert away.since == back - timedelta(minutes=1)
        assert away.until == ban.since


def test_what_dies_between_the_beat_and_the_gap_has_not_beaten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the pause would be forgotten."""
    back = now() - timedelta(hours=2)
    add(database, Heartbeat(part="door", at=back))

    def broken(*_: object) -> int:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(heartbeat, "note_outage", broken)
        assert not HeartbeatWriter(database).record_heartbeat()
    with database.reading_all() as session:
        assert session.get_one(Heartbeat, "door").at == back


def test_a_database_that_refuses_is_a_pause(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(heartbeat, "record_heartbeat", refused)
        assert not HeartbeatWriter(database).record_heartbeat()
    assert count(database, Heartbeat) == 0
