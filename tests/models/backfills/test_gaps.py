"""Gaps: a long pause of the webhook endpoint opens one for every connected tenant, and none twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from models.backfills.gaps import BAN, LANDED, note_outage, open_gap
from models.database.engine import Database
from models.tables import Backfill, Connection
from models.tables.connections import BackfillState
from tests.conftest import TwoTenants
from tests.engine import NOON, HandClock
from tests.models.rows import add

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
Stretch = tuple[datetime, datetime]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    made = HandClock()
    monkeypatch.setattr("models.backfills.gaps.now", made)
    return made


def connect(database: Database, tenant_id: int, **columns: Any) -> None:
    usual = {"company_id": f"c{tenant_id}", "state": "connected", "refresh_token": "closed"}
    born = NOON - timedelta(days=30)
    add(database, Connection(tenant_id=tenant_id, **(usual | {"created_at": born} | columns)))


def ask(database: Database, tenant_id: int, since: datetime, until: datetime) -> None:
    with database.writing(tenant_id) as session:
        open_gap(session, tenant_id, since, until, "we were away")


def gaps(database: Database, tenant_id: int) -> list[Backfill]:
    with database.reading(tenant_id) as session:
        return list(
            session.scalars(select(Backfill).where(Backfill.tenant_id == tenant_id).order_by(Backfill.id))
        )


def stretches(database: Database, tenant_id: int) -> list[Stretch]:
    return [(each.since, each.until) for each in gaps(database, tenant_id)]


def silence(database: Database, seconds: float | None) -> int:
    last = None if seconds is None else NOON - timedelta(seconds=seconds)
    with database.writing_all() as session:
        return note_outage(session, last, NOON)


def test_a_gap_is_looked_through_when_all_tries_have_landed(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    ask(database, tenants.ours, NOON - HOUR, NOON)
    (gap,) = gaps(database, tenants.ours)
    assert (gap.since, gap.until, gap.due_at) == (NOON - HOUR, NOON, NOON + LANDED)
    assert gaps(database, tenants.theirs) == []


def test_asking_again_is_no_second_gap(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    for since in (NOON - HOUR, NOON - HOUR, NOON - MINUTE):
        ask(database, tenants.ours, since, NOON)
    assert stretches(database, tenants.ours) == [(NOON - HOUR, NOON)]


def test_gaps_that_overlap_become_one(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    ask(database, tenants.ours, NOON - HOUR, NOON)
    ask(database, tenants.ours, NOON - 2 * HOUR, NOON - MINUTE)
    ask(database, tenants.ours, NOON - MINUTE, NOON + MINUTE)
    (gap,) = gaps(database, tenants.ours)
    assert (gap.since, gap.until, gap.due_at) == (NOON - 2 * HOUR, NOON + MINUTE, NOON + MINUTE + LANDED)


def test_a_gap_that_keeps_growing_is_looked_through_all_the_same(
    database: Database, tenants: TwoTenants, clock: HandClock
) -> None:
    connect(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        open_gap(session, tenants.ours, NOON - HOUR, NOON, "")
        session.scalars(select(Backfill).where(Backfill.tenant_id == tenants.ours)).one().created_at = NOON
    clock.advance(11 * 60)
    ask(database, tenants.ours, NOON - MINUTE, clock.at)
    assert stretches(database, tenants.ours) == [(NOON - HOUR, NOON), (NOON - MINUTE, clock.at)]


def test_a_gap_that_is_being_looked_through_does_not_grow(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    add(
        database,
        Backfill(
            tenant_id=tenants.ours,
            since=NOON - HOUR,
            until=NOON,
            reason="",
            state=BackfillState.RUNNING,
            created_at=NOON,
        ),
    )
    ask(database, tenants.ours, NOON - MINUTE, NOON + MINUTE)
    ask(database, tenants.ours, NOON - 2 * MINUTE, NOON - MINUTE)
    assert stretches(database, tenants.ours) == [(NOON - HOUR, NOON), (NOON - MINUTE, NOON + MINUTE)]


def test_nothing_from_before_the_connection_is_looked_for(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours, created_at=NOON - MINUTE)
    ask(database, tenants.ours, NOON - HOUR, NOON)
    ask(database, tenants.ours, NOON - 2 * HOUR, NOON - HOUR)
    ask(database, tenants.theirs, NOON - HOUR, NOON)
    assert stretches(database, tenants.ours) == [(NOON - MINUTE, NOON)]
    assert stretches(database, tenants.theirs) == []


def test_a_long_silence_is_a_gap_for_every_connected_tenant(database: Database, tenants: TwoTenants) -> None:
    """And Pipedrive may send nothing for another half hour, because it may have banned the webhooks."""
    for tenant_id in tenants:
        connect(database, tenant_id)
    assert silence(database, 7200) == 2
    for tenant_id in tenants:
        away, ban = stretches(database, tenant_id)
        assert away == (NOON - timedelta(seconds=7260), NOON)
        assert ban == (NOON, NOON + BAN)


def test_a_short_silence_is_bridged_by_pipedrives_tries_but_for_a_ban(
    database: Database, tenants: TwoTenants
) -> None:
    connect(database, tenants.ours)
    assert silence(database, None) == 0
    assert silence(database, 60) == 0
    assert silence(database, 100) == 1
    assert stretches(database, tenants.ours) == [(NOON - timedelta(seconds=160), NOON + BAN)]


def test_a_tenant_that_is_not_connected_has_no_gap(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours, state="revoked")
    connect(database, tenants.theirs, refresh_token=None)
    assert silence(database, 7200) == 0
