"""Waits and days off: what the schema fills in, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.database.engine import Database
from models.tables import DayOff, DurableWait, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, by_schema, count, refused, remove


def user(database: Database, tenant_id: int) -> User:
    made = User(tenant_id=tenant_id, email=f"ada{tenant_id}@acme.test")
    add(database, made)
    return made


def wait(owner: User, key: str = "k", **columns: Any) -> DurableWait:
    return DurableWait(
        tenant_id=owner.tenant_id, user_id=owner.id, action="remind", key=key, due_at=NOON, **columns
    )


def test_the_schema_fills_in_a_wait(database: Database, tenants: TwoTenants) -> None:
    owner = user(database, tenants.ours)
    row = by_schema(
        database,
        "waits",
        tenant_id=tenants.ours,
        user_id=owner.id,
        action="remind",
        key="k",
        details="{}",
        due_at=NOON.isoformat(),
        created_at=NOON.isoformat(),
    )

    assert (row["state"], row["ends_if"], row["entity"], bool(row["in_hours"])) == ("waiting", "", "", False)


def test_one_key_has_one_wait_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = user(database, tenants.ours), user(database, tenants.theirs)

    add(database, wait(ours), wait(theirs), wait(ours, "other"))

    refused(database, wait(ours))


def test_a_wait_of_one_tenant_has_no_owner_of_another(database: Database, tenants: TwoTenants) -> None:
    theirs = user(database, tenants.theirs)

    refused(
        database, DurableWait(tenant_id=tenants.ours, user_id=theirs.id, action="a", key="k", due_at=NOON)
    )


def test_what_waits_for_a_person_goes_with_them(database: Database, tenants: TwoTenants) -> None:
    owner = user(database, tenants.ours)
    day = date(2026, 12, 24)
    mine = {"tenant_id": tenants.ours, "first_day": day, "last_day": day}
    add(database, wait(owner), DayOff(**mine, user_id=owner.id), DayOff(**mine))

    remove(database, owner)

    assert (count(database, DurableWait), count(database, DayOff)) == (0, 1)
