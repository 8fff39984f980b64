"""What is stored about people at their first message in Chat; roles and invitations by an admin."""

import pytest
from sqlalchemy import select

from models.accounts.actions import LAST_ADMIN, invite_user, remember_chat_name, set_role
from models.accounts.actor import Actor
from models.accounts.queries import actor_in_chat
from models.database.engine import Database
from models.destinations.linking import add_direct_message
from models.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from models.tables import Destination, User
from tests.chat import add_sales_rep, audit_of, two_tenants

IS_DIRECT = Destination.kind == "chat_dm"


@pytest.mark.parametrize("space", ["spaces/DM", "spaces/NEW"])
def test_a_user_is_known_by_chat_name_once_seen_with_the_email(database: Database, space: str) -> None:
    ours, theirs = two_tenants(database)
    with database.reading_all() as session:
        ada = actor_in_chat(session, "ada@acme.test", "users/1", space, is_dm=True)
    assert (ada.tenant_id, ada.chat_name) == (ours, None)

    with database.writing(ours) as session:
        remember_chat_name(session, ada, "users/1", "Ada Lovelace")

    with database.reading_all() as session:
        nameless = actor_in_chat(session, "", "users/1", space, is_dm=True)
        elsewhere = actor_in_chat(session, "", "users/1", "spaces/BOLT", is_dm=False)
    assert (nameless.tenant_id, nameless.user_id, nameless.chat_name) == (ours, ada.user_id, "users/1")
    assert (elsewhere.tenant_id, elsewhere.user_id) == (theirs, None)


def test_who_writes_to_the_app_gets_the_messages_that_chat_refused_before(database: Database) -> None:
    """A notice may come before their first word; what a person paused themselves stays paused."""
    ours, theirs = two_tenants(database)
    for tenant_id, because in ((ours, "404: no direct message"), (theirs, "404: no direct message")):
        with database.writing(tenant_id) as session:
            direct = add_direct_message(session, tenant_id, "ada@acme.test")
            direct.is_active, direct.paused_because = False, because
    with database.reading_all() as session:
        ada = actor_in_chat(session, "ada@acme.test", "users/1", "spaces/DM", is_dm=True)
    with database.writing(ours) as session:
        remember_chat_name(session, ada, "users/1", "Ada Lovelace")
    with database.reading_all() as session:
        found = session.scalars(select(Destination).where(IS_DIRECT)).all()
        assert {each.tenant_id: each.is_active for each in found} == {ours: True, theirs: False}


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@acme.test", tenant_id, role=role, is_certain=True)


def user(database: Database, email: str) -> User:
    with database.reading_all() as session:
        return session.scalars(select(User).where(User.email == email)).one()


def test_an_admin_gives_roles_and_the_audit_says_which(database: Database) -> None:
    ours, _ = two_tenants(database)
    add_sales_rep(database, ours)
    cleo = user(database, "cleo@acme.test")
    for _ in range(2):
        with database.writing(ours) as session:
            set_role(session, admin(ours), cleo.id, "manager")
    assert user(database, "cleo@acme.test").role == "manager"
    assert audit_of(database, ours) == [("ada@acme.test", "user.role", "cleo@acme.test")]


def test_the_last_admin_stays_one(database: Database) -> None:
    ours, theirs = two_tenants(database)
    ada = user(database, "ada@acme.test")
    with database.writing(ours) as session, pytest.raises(InvalidRequest) as refused:
        set_role(session, admin(ours), ada.id, "viewer")
    assert refused.value.user_message == LAST_ADMIN

    add_sales_rep(database, ours, role="admin")
    with database.writing(ours) as session:
        set_role(session, admin(ours), ada.id, "viewer")
    assert user(database, "ada@acme.test").role == "viewer"
    assert audit_of(database, theirs) == []


@pytest.mark.parametrize("role", ["", "owner", "ADMIN", "guest"])
def test_an_unknown_role_is_given_to_nobody(database: Database, role: str) -> None:
    ours, _ = two_tenants(database)
    ada = user(database, "ada@acme.test")
    with database.writing(ours) as session:
        with pytest.raises(InvalidRequest, match="no such role"):
            set_role(session, admin(ours), ada.id, role)
        with pytest.raises(InvalidRequest, match="no such role"):
            invite_user(session, admin(ours), "zoe@acme.test", role)


def test_people_of_another_tenant_get_no_role(database: Database) -> None:
    ours, _ = two_tenants(database)
    bob = user(database, "bob@bolt.test")
    with database.writing(ours) as session, pytest.raises(NotFound):
        set_role(session, admin(ours), bob.id, "viewer")
    assert user(database, "bob@bolt.test").role == "admin"


@pytest.mark.parametrize("role", ["manager", "sales_rep", "analyst", "viewer"])
def test_nobody_but_an_admin_gives_roles_or_invites(database: Database, role: str) -> None:
    ours, _ = two_tenants(database)
    ada = user(database, "ada@acme.test")
    with database.writing(ours) as session:
        with pytest.raises(NotAllowed):
            set_role(session, admin(ours, role), ada.id, "viewer")
        with pytest.raises(NotAllowed):
            invite_user(session, admin(ours, role), "zoe@acme.test", "viewer")


def test_who_is_invited_is_a_user_by_their_email(database: Database) -> None:
    ours, _ = two_tenants(database)
    with database.writing(ours) as session:
        invite_user(session, admin(ours), " Zoe@Acme.test ", "analyst")
        with pytest.raises(Conflict, match="in your team already"):
            invite_user(session, admin(ours), "zoe@acme.test", "admin")
    assert (user(database, "zoe@acme.test").tenant_id, user(database, "zoe@acme.test").role) == (
        ours,
        "analyst",
    )
    assert audit_of(database, ours) == [("ada@acme.test", "user.invited", "zoe@acme.test")]


@pytest.mark.parametrize(
    "email", ["", "zoe", "@", "zoe@", "a b@c.test", "zoe@acme.test\nbcc@x.test", "é" * 321]
)
def test_what_is_no_email_is_not_invited(database: Database, email: str) -> None:
    ours, _ = two_tenants(database)
    with database.writing(ours) as session, pytest.raises(InvalidRequest, match="no e-mail"):
        invite_user(session, admin(ours), email, "viewer")
