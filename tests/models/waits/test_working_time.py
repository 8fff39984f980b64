"""When people work: not in their quiet hours, and not on days off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from models.database.engine import Database
from models.tables import DayOff, QuietHours, Tenant, User
from models.waits.working_time import working_time_of
from tests.conftest import TwoTenants
from tests.models.rows import add

FRIDAY_EVENING = datetime(2026, 11, 27, 19, 30, tzinfo=UTC)


def person(database: Database, tenant_id: int) -> int:
    made = User(tenant_id=tenant_id, email=f"ada{tenant_id}@acme.test")
    add(database, made)
    return made.id


def quiet(tenant_id: int, starts: str, ends: str, **columns: Any) -> QuietHours:
    usual = {"scope": "tenant", "days": ["mon", "tue", "wed", "thu", "fri"], "timezone": "Europe/Prague"}
    return QuietHours(tenant_id=tenant_id, starts=starts, ends=ends, **{**usual, **columns})


def next_moment(database: Database, tenant_id: int, user_id: int, at: datetime) -> datetime:
    with database.reading(tenant_id) as session:
        return working_time_of(session, tenant_id, user_id, at).next_moment(at)


def test_without_quiet_hours_everybody_works_always(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    add(database, quiet(tenants.theirs, "00:00", "23:59"))

    assert next_moment(database, tenants.ours, ada, FRIDAY_EVENING) == FRIDAY_EVENING


def test_quiet_hours_of_the_team_hold_for_its_people(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    add(database, quiet(tenants.ours, "19:00", "08:00"))

    assert next_moment(database, tenants.ours, ada, FRIDAY_EVENING) == datetime(2026, 11, 28, 7, tzinfo=UTC)


def test_own_quiet_hours_decide_alone(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    add(
        database,
        quiet(tenants.ours, "19:00", "08:00"),
        quiet(tenants.ours, "23:00", "06:00", scope="user", user_id=ada),
    )

    assert next_moment(database, tenants.ours, ada, FRIDAY_EVENING) == FRIDAY_EVENING


def test_after_quiet_hours_comes_the_first_day_that_is_not_off(
    database: Database, tenants: TwoTenants
) -> None:
    ada, bob = person(database, tenants.ours), person(database, tenants.theirs)
    weekend = {"first_day": date(2026, 11, 28), "last_day": date(2026, 11, 29)}
    add(
        database,
        quiet(tenants.ours, "19:00", "08:00", days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        DayOff(tenant_id=tenants.ours, **weekend),
        DayOff(
            tenant_id=tenants.ours, user_id=ada, first_day=date(2026, 11, 30), last_day=date(2026, 11, 30)
        ),
    )

    assert next_moment(database, tenants.ours, ada, FRIDAY_EVENING) == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert next_moment(database, tenants.theirs, bob, FRIDAY_EVENING) == FRIDAY_EVENING


def test_days_off_are_those_of_the_teams_clock(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    with database.writing_all() as session:
        session.get_one(Tenant, tenants.ours).timezone = "Asia/Tokyo"
    add(database, DayOff(tenant_id=tenants.ours, first_day=date(2026, 11, 28), last_day=date(2026, 11, 28)))

    assert next_moment(database, tenants.ours, ada, FRIDAY_EVENING) == datetime(2026, 11, 28, 15, tzinfo=UTC)
