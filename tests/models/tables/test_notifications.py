"""Notifications and preferences: what the schema fills in, refuses, and deletes with a person."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Notification, NotificationDefault, NotificationPreference, User
from models.tables.base import Base
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, by_schema, count, refused, remove

TABLE = Base.metadata.tables["notifications"]


def user(database: Database, tenant_id: int) -> User:
    made = User(tenant_id=tenant_id, email=f"ada{tenant_id}@acme.test")
    add(database, made)
    return made


def notification(owner: User, key: str = "k") -> Notification:
    return Notification(tenant_id=owner.tenant_id, user_id=owner.id, type="DEAL_WON", title="Won", key=key)


def test_the_schema_fills_in_a_notification(database: Database, tenants: TwoTenants) -> None:
    owner = user(database, tenants.ours)
    row = by_schema(
        database,
        "notifications",
        tenant_id=tenants.ours,
        user_id=owner.id,
        type="DEAL_WON",
        title="Won",
        key="k",
        tags="[]",
        channels="{}",
        errors="{}",
        created_at=NOON.isoformat(),
    )

    assert (row["priority"], row["body"], row["gathered"], bool(row["in_inbox"])) == ("normal", "", "", True)


def test_one_key_has_one_notification_of_a_person(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = user(database, tenants.ours), user(database, tenants.theirs)
    add(database, notification(ours), notification(theirs), notification(ours, "other"))

    refused(database, notification(ours))


def test_the_three_ways_to_find_them_have_indexes() -> None:
    indexes = {tuple(column.name for column in each.columns) for each in TABLE.indexes}

    assert indexes >= {
        ("tenant_id", "user_id", "id"),
        ("tenant_id", "user_id", "type", "id"),
        ("created_at",),
    }


def test_what_a_person_has_goes_with_them(database: Database, tenants: TwoTenants) -> None:
    owner = user(database, tenants.ours)
    cell = {"tenant_id": tenants.ours, "type": "DEAL_WON", "channel": "chat", "mode": "now"}
    add(
        database,
        notification(owner),
        NotificationPreference(user_id=owner.id, **cell),
        NotificationDefault(**cell),
    )
    refused(database, NotificationDefault(**cell))

    remove(database, owner)

    counts = [count(database, each) for each in (Notification, NotificationPreference, NotificationDefault)]
    assert counts == [0, 0, 1]
