"""Backfills: a new gap waits, with nothing found yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Backfill, Heartbeat
from models.tables.backfills import BackfillState
from tests.conftest import TwoTenants
from tests.models.rows import add, refused

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_new_gap_waits_and_has_found_nothing(database: Database, tenants: TwoTenants) -> None:
    gap = Backfill(tenant_id=tenants.ours, since=NOON, until=NOON + timedelta(hours=2), reason="we were away")
    add(database, gap)
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(Backfill)).one()
    assert (kept.state, kept.found, kept.progress, kept.until - kept.since) == (
        BackfillState.WAITING,
        0,
        {},
        timedelta(hours=2),
    )
    with database.reading(tenants.theirs) as session:
        assert session.scalars(select(Backfill)).all() == []


def test_a_part_has_one_heart(database: Database) -> None:
    add(database, Heartbeat(part="door", at=now()), Heartbeat(part="worker", at=now()))
    refused(database, Heartbeat(part="door", at=now()))
