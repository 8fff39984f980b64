"""A team's history goes as soon as the team chose, kind by kind; what is still owed stays."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.maintenance.prune_by_team import prune_all
from models.maintenance.retention import Retention, set_retention
from models.security.audit import Auditor, record
from models.tables import Attempt, AuditEntry, Delivery, Event, TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import add_destination, end
from tests.models.maintenance.test_retention import admin
from tests.models.rows import add, event

OLD = NOON - timedelta(days=40)
YOUNG = NOON - timedelta(days=5)


def pruned(database: Database) -> Counter[str]:
    removed: Counter[str] = Counter()
    for batch in prune_all(database, NOON, 90):
        removed += batch
    return removed


def left(database: Database, table: Any, tenant_id: int) -> int:
    with database.reading(tenant_id) as session:
        return len(session.execute(select(table.tenant_id).where(table.tenant_id == tenant_id)).all())


@pytest.fixture
def history(database: Database, tenants: TwoTenants) -> None:
    """Each team has an old and a young ended delivery with attempts, an old open one, and two events."""
    for each in tenants:
        wall = add_destination(database, each)
        for number, at in enumerate((OLD, YOUNG)):
            end(database, each, wall, created_at=at, finished_at=at)
            add(database, event(each, f"of {number}", received_at=at, state="done"))
        end(database, each, wall, state="held", created_at=OLD)
        with database.writing(each) as session:
            session.execute(update(Attempt).where(Attempt.tenant_id == each).values(created_at=OLD))
            rows = session.scalars(select(Delivery).where(Delivery.tenant_id == each)).all()
            session.add_all(
                Attempt(tenant_id=each, delivery_id=row.id, outcome="lost", created_at=row.created_at)
                for row in rows
            )
        tracked = TrackedObject(tenant_id=each, entity="deal", object_id="7", state=b"{}")
        tracked.is_open, tracked.changed_at, tracked.heard_at = False, OLD, OLD
        add(database, tracked)


def keep(database: Database, tenant_id: int, *days: int) -> None:
    with database.writing(tenant_id) as session:
        set_retention(session, admin(tenant_id), Retention(days[0], days[1], days[2], None), 90)


@pytest.mark.usefixtures("history")
def test_one_teams_history_goes_and_the_others_stays(database: Database, tenants: TwoTenants) -> None:
    before = {table: left(database, table, tenants.theirs) for table in (Event, Delivery, Attempt)}
    keep(database, tenants.ours, 30, 30, 30)
    removed = pruned(database)

    assert removed["deliveries"] == 1
    assert removed["tracked_objects"] == 1
    assert left(database, Delivery, tenants.ours) == before[Delivery] - 1
    assert left(database, Event, tenants.ours) == before[Event] - 1
    assert {table: left(database, table, tenants.theirs) for table in before} == before
    assert pruned(database) == Counter()


@pytest.mark.usefixtures("history")
def test_attempts_may_go_before_their_deliveries(database: Database, tenants: TwoTenants) -> None:
    deliveries = left(database, Delivery, tenants.ours)
    keep(database, tenants.ours, 90, 90, 10)
    pruned(database)

    assert left(database, Delivery, tenants.ours) == deliveries
    with database.reading(tenants.ours) as session:
        old = select(Delivery.state).join(Attempt.delivery).where(Attempt.created_at < YOUNG)
        assert set(session.scalars(old)) == {"held"}  # what is still tried keeps all its attempts


@pytest.mark.usefixtures("history")
def test_a_trail_goes_by_its_age_and_stays_proven(
    database: Database, tenants: TwoTenants, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.security.audit.now", lambda: NOON - timedelta(days=100))
    with database.writing(tenants.ours) as session:
        for number in range(3):
            record(session, admin(tenants.ours), "rule.made", f"R{number}")
    monkeypatch.setattr("models.security.audit.now", lambda: NOON)
    with database.writing(tenants.ours) as session:
        set_retention(session, admin(tenants.ours), Retention(90, 90, 90, 90), 90)

    assert pruned(database)["audit_entries"] == 3
    with database.reading(tenants.ours) as session:
        assert set(session.scalars(select(AuditEntry.action))) == {"retention.changed"}
        assert auditor.first_broken(session, tenants.ours) is None
