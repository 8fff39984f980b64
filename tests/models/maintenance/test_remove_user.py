"""A removed user loses what is theirs alone and is told; what they made for the team stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.accounts.actions import LAST_ADMIN, invite_user
from models.accounts.actor import Actor
from models.accounts.queries import actor_in_chat
from models.accounts.sessions import find
from models.clock import now
from models.connections.joining import tenant_to_join
from models.database.engine import Database
from models.deliveries.claimed import read_heads
from models.destinations.linking import add_direct_message
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.maintenance.remove_user import ONESELF, remove_user
from models.maintenance.removed import delete_unnamed, forget_removed_people
from models.security.secrets import digest_of, new_secret
from models.tables import (
    BrowserSession,
    ConnectLink,
    Delivery,
    Destination,
    PersonalConnection,
    PipedriveUser,
    Rule,
    RuleDestination,
    User,
)
from tests.conftest import TwoTenants

BEN = "ben@example.com"


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@example.com", tenant_id, role=role, is_certain=True)


@pytest.fixture
def ben(database: Database, tenants: TwoTenants) -> int:
    """Ben of both teams, whom Chat has met; Ada is the admin of ours."""
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants.ours, email="ada@example.com", role="admin"))
        session.add(User(tenant_id=tenants.theirs, email=BEN, chat_name="users/7"))
        user = User(tenant_id=tenants.ours, email=BEN, chat_name="users/7", display_name="Ben")
        session.add(user)
        session.flush()
        return user.id


def removed(database: Database, tenants: TwoTenants, ben: int) -> None:
    with database.writing(tenants.ours) as session:
        remove_user(session, admin(tenants.ours), ben)


def test_their_sessions_and_links_end_but_not_those_of_another_team(
    database: Database, tenants: TwoTenants, ben: int
) -> None:
    soon, secrets = now() + timedelta(days=1), [new_secret(), new_secret()]
    with database.writing_all() as session:
        for tenant_id, secret in zip(tenants, secrets, strict=True):
            kept = {"email": BEN, "tenant_id": tenant_id, "expires_at": soon}
            session.add(BrowserSession(token_hash=digest_of(secret), **kept))
            session.add(ConnectLink(digest=secret, purpose="connect", **kept))
    removed(database, tenants, ben)
    with database.reading_all() as session:
        assert find(session, secrets[0]) is None
        kept_one = find(session, secrets[1])
        assert kept_one is not None
        assert kept_one[0].tenant_id == tenants.theirs
        assert session.scalars(select(ConnectLink.tenant_id)).all() == [tenants.theirs]


def test_their_rules_stay_without_an_author_and_post_no_more_to_them(
    database: Database, tenants: TwoTenants, ben: int
) -> None:
    with database.writing_all() as session:
        direct = add_direct_message(session, tenants.ours, BEN)
        rule = Rule(tenant_id=tenants.ours, name="Mine", event_types=["deal.won"], made_by=BEN)
        session.add(rule)
        session.add(PersonalConnection(tenant_id=tenants.ours, user_id=ben, pipedrive_user_id="3"))
        session.flush()
        session.add(RuleDestination(tenant_id=tenants.ours, rule_id=rule.id, destination_id=direct.id))
    removed(database, tenants, ben)
    with database.reading_all() as session:
        kept = session.scalars(select(Rule)).one()
        assert (kept.made_by, kept.is_enabled) == ("", False)
        assert session.scalars(select(PersonalConnection.id)).all() == []
        assert session.scalars(select(User.tenant_id).where(User.email == BEN)).all() == [tenants.theirs]


def test_they_are_told_once_although_they_are_gone_and_then_forgotten(
    database: Database, tenants: TwoTenants, ben: int
) -> None:
    removed(database, tenants, ben)
    with database.reading_all() as session:
        (owed,) = session.scalars(select(Delivery)).all()
        (head,) = read_heads(session, [owed.id])
    assert (head.kind, head.address, head.is_active) == ("chat_dm", "users/7", True)
    assert owed.notice is not None
    assert owed.notice["title"] == "You are no longer in Acme in Pipenotify"
    assert owed.destination_name == "a removed person"
    assert forget_removed_people(database) == 0
    with database.writing_all() as session:
        row = session.get_one(Delivery, (tenants.ours, owed.id))
        row.state, row.finished_at = "delivered", now()
    assert forget_removed_people(database) == 1
    assert forget_removed_people(database) == 0
    with database.reading_all() as session:
        row = session.get_one(Delivery, (tenants.ours, owed.id))
        assert "users/7" not in f"{row.lane} {row.destination_name}"
    assert delete_unnamed(database, now() + timedelta(days=1)) == 0, "a delivery names it"
    with database.reading_all() as session:
        where = select(Destination.address, Destination.lane).execution_options(with_removed=True)
        assert "users/7" not in str(session.execute(where).all())


def test_whom_an_admin_removed_joins_again_by_an_invitation_alone(
    database: Database, tenants: TwoTenants, ben: int
) -> None:
    with database.writing_all() as session:
        session.add(PipedriveUser(tenant_id=tenants.ours, pipedrive_id="3", email=BEN))
        session.delete(session.scalars(select(User).where(User.tenant_id == tenants.theirs)).one())
    with database.writing_all() as session:
        assert tenant_to_join(session, BEN, Actor(BEN)) is None, "is a user"
    removed(database, tenants, ben)
    with database.reading_all() as session:
        assert tenant_to_join(session, BEN, Actor(BEN)) is None, "was removed"
    with database.writing(tenants.ours) as session:
        invite_user(session, admin(tenants.ours), BEN, "viewer")
    with database.reading_all() as session:
        again = actor_in_chat(session, BEN, "users/7", "spaces/DM", is_dm=True)
        assert (again.tenant_id, again.role) == (tenants.ours, "viewer")


def test_nobody_removes_the_last_admin_themselves_or_people_of_others(
    database: Database, tenants: TwoTenants, ben: int
) -> None:
    with database.reading_all() as session:
        ada = session.scalars(select(User.id).where(User.email == "ada@example.com")).one()
        foreign = session.scalars(select(User.id).where(User.tenant_id == tenants.theirs)).one()
    with database.writing(tenants.ours) as session:
        with pytest.raises(InvalidRequest) as last:
            remove_user(session, admin(tenants.ours), ada)
        assert last.value.user_message == LAST_ADMIN
        with pytest.raises(NotFound):
            remove_user(session, admin(tenants.ours), foreign)
        with pytest.raises(NotAllowed):
            remove_user(session, admin(tenants.ours, "manager"), ben)
        session.add(User(tenant_id=tenants.ours, email="zoe@example.com", role="admin"))
        session.flush()
        with pytest.raises(InvalidRequest) as oneself:
            remove_user(session, admin(tenants.ours), ada)
        assert oneself.value.user_message == ONESELF
