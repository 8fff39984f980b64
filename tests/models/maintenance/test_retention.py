"""A team keeps its history as long as it chose, and never longer than its plan and KEEP_DAYS allow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.maintenance.retention import (
    HistoryKind,
    Retention,
    count_old_rows,
    get_retention,
    list_shorter,
    most_days,
    plan_days,
    set_plan_days,
    set_retention,
)
from models.tables import AuditEntry, RetentionDays, Tenant
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import add_destination, end
from tests.models.rows import add, event

KEEP = 90
USUAL = Retention(90, 90, 90, None)


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@example.com", tenant_id, role=role, is_certain=True)


def kept(database: Database, tenant_id: int, keep_days: int = KEEP) -> Retention:
    with database.reading(tenant_id) as session:
        return get_retention(session, tenant_id, keep_days)


def choose(database: Database, tenant_id: int, wanted: Retention, role: str = "admin") -> None:
    with database.writing(tenant_id) as session:
        set_retention(session, admin(tenant_id, role), wanted, KEEP)


def test_who_chose_nothing_keeps_history_as_the_service_does(database: Database, tenants: TwoTenants) -> None:
    assert kept(database, tenants.ours) == USUAL


def test_a_choice_holds_for_its_team_alone_and_stands_in_the_trail(
    database: Database, tenants: TwoTenants
) -> None:
    wanted = Retention(30, 20, 20, 400)
    choose(database, tenants.ours, wanted)

    assert (kept(database, tenants.ours), kept(database, tenants.theirs)) == (wanted, USUAL)
    with database.reading(tenants.ours) as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert set(session.scalars(select(RetentionDays.kind))) == {"events", "deliveries", "audit"}
    assert (entry.action, entry.details["audit"]) == ("retention.changed", "forever to 400 days")
    assert entry.details["attempts"] == "90 days to 20 days"


def test_a_service_that_keeps_less_keeps_less_of_everybody(database: Database, tenants: TwoTenants) -> None:
    choose(database, tenants.ours, Retention(30, 20, 10, None))

    assert kept(database, tenants.ours, 15) == Retention(15, 15, 10, None)


def test_a_plan_bounds_its_teams_whatever_they_chose(database: Database, tenants: TwoTenants) -> None:
    choose(database, tenants.ours, Retention(60, 60, 60, None))
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants.ours).values(plan="small"))
        set_plan_days(session, "small", 7)
        set_plan_days(session, "small", 14)

    assert kept(database, tenants.ours) == Retention(14, 14, 14, None)
    with database.reading(tenants.ours) as session:
        assert (plan_days(session, "small"), plan_days(session, "other")) == (14, None)
        assert most_days(session, tenants.ours, 10) == 10
    with pytest.raises(InvalidRequest, match="1 to 14 days"):
        choose(database, tenants.ours, Retention(15, 1, 1, None))


@pytest.mark.parametrize(
    "wanted",
    [
        Retention(91, 90, 90, None),
        Retention(0, 0, 0, None),
        Retention(30, 31, 1, None),
        Retention(30, 30, 31, None),
        Retention(30, 30, 30, 89),
        Retention(30, 30, 30, 99_999),
    ],
)
def test_what_is_out_of_bounds_is_refused(database: Database, tenants: TwoTenants, wanted: Retention) -> None:
    with pytest.raises(InvalidRequest):
        choose(database, tenants.ours, wanted)
    assert kept(database, tenants.ours) == USUAL


def test_only_admins_choose(database: Database, tenants: TwoTenants) -> None:
    with pytest.raises(NotAllowed):
        choose(database, tenants.ours, Retention(30, 30, 30, None), role="manager")
    with database.reading(tenants.ours) as session, pytest.raises(NotAllowed):
        count_old_rows(session, admin(tenants.ours, "manager"), USUAL, NOON)


def test_what_would_go_is_counted_before(database: Database, tenants: TwoTenants) -> None:
    old = NOON - timedelta(days=40)
    for each in tenants:
        wall = add_destination(database, each)
        end(database, each, wall, created_at=old, finished_at=old)
        end(database, each, wall, state="held", created_at=old)
        add(database, event(each, "e1", received_at=old, state="done"), event(each, "e2", received_at=old))

    with database.reading(tenants.ours) as session:
        goes = count_old_rows(session, admin(tenants.ours), Retention(30, 30, 30, 90), NOON)

    counts = {each.kind: each.count for each in goes}
    assert counts[HistoryKind.DELIVERIES] == 1
    assert counts[HistoryKind.AUDIT] == 0
    assert counts[HistoryKind.EVENTS] >= 1


def test_only_who_keeps_less_is_looked_at_again(database: Database, tenants: TwoTenants) -> None:
    wanted = Retention(30, 30, 30, None)
    choose(database, tenants.theirs, wanted)

    with database.reading_all() as session:
        assert list_shorter(session, KEEP) == [(tenants.theirs, wanted)]
