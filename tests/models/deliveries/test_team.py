"""Who gets another role is told, once, and nobody of another team."""

from __future__ import annotations

from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries.team import set_role_and_notify
from models.tables import Delivery, User
from tests.conftest import TwoTenants


def test_a_new_role_is_told_to_who_has_it_and_not_to_oneself(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        for tenant_id in tenants:
            session.add(User(tenant_id=tenant_id, email="ben@x.test", chat_name="users/2"))
            session.add(User(tenant_id=tenant_id, email="zoe@x.test", role="admin"))
        session.add(User(tenant_id=tenants.ours, email="ada@x.test", role="admin", chat_name="users/1"))
    ada = Actor("ada@x.test", tenants.ours, role="admin")
    with database.writing(tenants.ours) as session:
        users = select(User).where(User.tenant_id == tenants.ours)
        ids = {user.email: user.id for user in session.scalars(users)}
        changed = [set_role_and_notify(session, ada, ids["ben@x.test"], "manager") for _ in range(2)]
        assert [user is not None for user in changed] == [True, False]
        set_role_and_notify(session, ada, ids["ada@x.test"], "viewer")
    with database.reading_all() as session:
        (owed,) = session.scalars(select(Delivery)).all()
    assert (owed.tenant_id, owed.destination_name) == (tenants.ours, "ben@x.test")
    assert owed.notice == {
        "title": "Your role in Acme is now manager",
        "words": "By ada@x.test. It was sales rep. Help shows what you may do now.",
        "button": "Help",
        "url": "press:help.show?",
    }
