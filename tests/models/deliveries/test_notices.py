"""Notices: admins get each once in Chat; if none is known, the oldest space gets it."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins, notify_space
from models.tables import Delivery, Lane, Space, User
from tests.conftest import TwoTenants
from tests.models.rows import add, destination

NOTICE = Notice(
    "Pipedrive has to be connected again", "Cards stop until then.", "Open", "https://x.test/setup"
)


def _owed(database: Database) -> list[Delivery]:
    with database.reading_all() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def test_every_admin_whom_chat_knows_needs_notice_and_nobody_else(
    database: Database, tenants: TwoTenants
) -> None:
    add(
        database,
        User(tenant_id=tenants.ours, email="ada@example.com", role="admin", chat_name="users/1"),
        User(tenant_id=tenants.ours, email="never@example.com", role="admin"),
        User(tenant_id=tenants.ours, email="sales@example.com", role="sales_rep", chat_name="users/2"),
        User(tenant_id=tenants.theirs, email="eve@example.com", role="admin", chat_name="users/3"),
    )
    with database.writing(tenants.ours) as session:
        assert notify_admins(session, tenants.ours, NOTICE) == 1
    (owed,) = _owed(database)
    assert (owed.tenant_id, owed.destination_name, owed.notice) == (
        tenants.ours,
        "ada@example.com",
        {"title": NOTICE.title, "words": NOTICE.words, "button": "Open", "url": NOTICE.url},
    )
    with database.reading_all() as session:
        assert session.scalars(select(Lane.lane)).all() == ["dm:ada@example.com"]


def test_without_an_admin_in_chat_the_oldest_space_needs_notice(
    database: Database, tenants: TwoTenants
) -> None:
    for name in ("spaces/A", "spaces/B"):
        add(database, Space(tenant_id=tenants.ours, name=name))
        add(database, destination(tenants.ours, name, kind="chat_space", address=name, lane=name))
    with database.writing(tenants.ours) as session:
        assert notify_admins(session, tenants.ours, NOTICE) == 1
    assert [owed.destination_name for owed in _owed(database)] == ["spaces/A"]


def test_a_space_of_another_tenant_needs_notice_nothing(database: Database, tenants: TwoTenants) -> None:
    add(
        database,
        destination(tenants.theirs, "spaces/B", kind="chat_space", address="spaces/B", lane="spaces/B"),
    )
    with database.writing(tenants.ours) as session:
        assert notify_space(session, tenants.ours, "spaces/B", NOTICE) == 0
    with database.writing(tenants.theirs) as session:
        assert notify_space(session, tenants.theirs, "spaces/B", NOTICE) == 1
    assert [owed.tenant_id for owed in _owed(database)] == [tenants.theirs]
