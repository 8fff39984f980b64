"""Notices: admins get each once in person; if there is none, the oldest space gets it."""

from __future__ import annotations

from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries.notices import (
    Notice,
    notify_admins,
    notify_author,
    notify_removed_user,
    notify_space,
)
from models.tables import Delivery, Lane, Space, User
from models.tables.destinations import FORMER_PERSON
from tests.conftest import TwoTenants
from tests.models.rows import add, destination

NOTICE = Notice(
    "Pipedrive has to be connected again", "Cards stop until then.", "Open", "https://x.test/setup"
)


def _owed(database: Database) -> list[Delivery]:
    with database.reading_all() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def _space(database: Database, tenant_id: int, name: str) -> None:
    add(database, Space(tenant_id=tenant_id, name=name))
    add(database, destination(tenant_id, name, kind="chat_space", address=name, lane=name))


def test_every_admin_gets_a_notice_in_person_also_who_never_wrote_to_the_app_and_nobody_else(
    database: Database, tenants: TwoTenants
) -> None:
    add(
        database,
        User(tenant_id=tenants.ours, email="ada@example.com", role="admin", chat_name="users/1"),
        User(tenant_id=tenants.ours, email="never@example.com", role="admin"),
        User(tenant_id=tenants.ours, email="sales@example.com", role="sales_rep", chat_name="users/2"),
        User(tenant_id=tenants.theirs, email="eve@example.com", role="admin", chat_name="users/3"),
    )
    _space(database, tenants.ours, "spaces/A")
    with database.writing(tenants.ours) as session:
        assert notify_admins(session, tenants.ours, NOTICE) == 2
    owed = _owed(database)
    assert [(each.tenant_id, each.destination_name) for each in owed] == [
        (tenants.ours, "ada@example.com"),
        (tenants.ours, "never@example.com"),
    ]
    stored = {"title": NOTICE.title, "words": NOTICE.words, "button": "Open", "url": NOTICE.url}
    assert owed[0].notice == stored | {"or_space": True}
    with database.reading_all() as session:
        lanes = session.scalars(select(Lane.lane).order_by(Lane.lane)).all()
    assert [each for each in lanes if each.startswith("dm:")] == [
        "dm:ada@example.com",
        "dm:never@example.com",
    ]


def test_an_admin_who_knows_it_gets_no_notice(database: Database, tenants: TwoTenants) -> None:
    for email in ("ada@example.com", "ben@example.com"):
        add(database, User(tenant_id=tenants.ours, email=email, role="admin"))
    with database.writing(tenants.ours) as session:
        assert notify_admins(session, tenants.ours, NOTICE, but="ada@example.com") == 1
    assert [owed.destination_name for owed in _owed(database)] == ["ben@example.com"]


def test_a_user_who_never_wrote_to_the_app_gets_a_notice_in_person(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        add(database, User(tenant_id=each, email="ben@example.com", role="sales_rep"))
    ada = Actor(name="ada@example.com", tenant_id=tenants.ours)
    with database.writing(tenants.ours) as session:
        assert notify_author(session, ada, "Ben@example.com", NOTICE) == 1
    (owed,) = _owed(database)
    assert (owed.tenant_id, owed.destination_name) == (tenants.ours, "ben@example.com")
    assert "or_space" not in (owed.notice or {})


def test_a_removed_user_who_never_wrote_to_the_app_gets_a_last_notice(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, User(tenant_id=tenants.ours, email="ben@example.com", role="sales_rep"))
    ada = Actor(name="ada@example.com", tenant_id=tenants.ours)
    with database.writing(tenants.ours) as session:
        user = session.scalars(select(User)).one()
        assert notify_removed_user(session, ada, user, NOTICE) == 1
    (owed,) = _owed(database)
    assert (owed.lane, owed.destination_name) == ("dm:ben@example.com", FORMER_PERSON)


def test_without_an_admin_the_oldest_space_gets_the_notice(database: Database, tenants: TwoTenants) -> None:
    for name in ("spaces/A", "spaces/B"):
        _space(database, tenants.ours, name)
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
