"""One process at a time works on a gap, and another continues what it did not finish."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from models.backfills import backfills as store
from models.backfills.backfills import LEASE, Claimed, waits_because
from models.database.engine import Database
from models.tables import Backfill, Connection
from models.tables.connections import BackfillState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

HOUR: Final = timedelta(hours=1)


def gap(tenant_id: int, due_at: datetime = NOON) -> Backfill:
    return Backfill(
        tenant_id=tenant_id, since=NOON - HOUR, until=NOON, reason="away", due_at=due_at, created_at=NOON
    )


def claim(database: Database, at: datetime = NOON) -> Claimed | None:
    with database.writing_all() as session:
        return store.claim(session, at)


def claimed(database: Database, at: datetime = NOON) -> Claimed:
    found = claim(database, at)
    assert found is not None
    return found


def row(database: Database, tenant_id: int) -> Backfill:
    with database.reading_all() as session:
        return session.scalars(select(Backfill).where(Backfill.tenant_id == tenant_id)).one()


def test_the_one_that_waits_longest_is_taken_and_by_one_alone(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, gap(tenants.ours), gap(tenants.theirs, NOON - HOUR))
    add(database, Connection(tenant_id=tenants.theirs, company_id="777", state="connected"))

    first, second = claimed(database), claimed(database)

    assert (first.tenant_id, first.company_id, first.connection) == (tenants.theirs, "777", "connected")
    assert (second.tenant_id, second.company_id, second.connection) == (tenants.ours, "", "none")
    assert claim(database) is None
    assert row(database, tenants.ours).state == BackfillState.RUNNING


def test_nothing_is_taken_before_it_is_due(database: Database, tenants: TwoTenants) -> None:
    add(database, gap(tenants.ours, NOON + HOUR))
    assert claim(database) is None
    assert claim(database, NOON + HOUR) is not None


def test_the_work_of_the_dead_goes_on_where_it_was(database: Database, tenants: TwoTenants) -> None:
    add(database, gap(tenants.ours))
    dead = claimed(database)
    dead.progress["deal"] = {"at": "then"}
    with database.writing(tenants.ours) as session:
        assert store.advance(session, dead, NOON, 3)

    heir = claimed(database, NOON + LEASE)

    assert (heir.progress, heir.found) == ({"deal": {"at": "then"}}, 3)
    with database.writing(tenants.ours) as session:
        assert not store.advance(session, dead, NOON, 1)
        assert not store.end(session, dead, NOON)
    assert row(database, tenants.ours).found == 3


def test_it_is_let_go_until_later_with_the_reason_for_people(database: Database, tenants: TwoTenants) -> None:
    add(database, gap(tenants.ours))
    mine = claimed(database)
    with database.writing(tenants.ours) as session:
        store.put_off(session, mine, NOON + HOUR, why="the budget is spent")
    kept = row(database, tenants.ours)
    assert (kept.state, kept.due_at, waits_because(kept.progress)) == (
        BackfillState.WAITING,
        NOON + HOUR,
        "the budget is spent",
    )

    again = claimed(database, NOON + HOUR)
    with database.writing(tenants.ours) as session:
        store.put_off(session, again, NOON)
    assert waits_because(row(database, tenants.ours).progress) == ""
    assert waits_because({"waits": 5}) == ""


def test_what_is_over_is_taken_by_nobody(database: Database, tenants: TwoTenants) -> None:
    add(database, gap(tenants.ours), gap(tenants.theirs))
    for failed in (False, True):
        mine = claimed(database)
        with database.writing(mine.tenant_id) as session:
            assert store.end(session, mine, NOON, failed=failed)
    states = {row(database, tenant_id).state for tenant_id in tenants}
    assert states == {BackfillState.DONE, BackfillState.FAILED}
    assert claim(database, NOON + HOUR) is None
