"""Sessions of programs: each refresh token is good once, and one that comes twice ends the whole session."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.actor import Actor
from models.accounts.api_sessions import (
    IssuedSession,
    end_api_session,
    end_by_refresh_token,
    find_api_session,
    open_api_session,
    refresh_api_session,
    tenant_of_refresh_token,
)
from models.accounts.tokens import create_token, find_caller, revoke_token
from models.clock import now
from models.database.engine import Database
from models.errors import TokenExpired, TokenInvalid
from models.tables import AuditEntry, User
from models.tables.accounts import Role
from tests.conftest import TwoTenants

ADA = "ada@acme.test"


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    with database.writing_all() as session:
        user = User(tenant_id=tenants.ours, email=ADA, role=Role.ADMIN)
        session.add(user)
        session.flush()
        return Actor(ADA, tenants.ours, user_id=user.id, role=Role.ADMIN)


@pytest.fixture
def issued(database: Database, ada: Actor) -> IssuedSession:
    with database.writing(ada.tenant) as session:
        secret = create_token(session, ada, ADA, days=60)[1]
    with database.reading_all() as session:
        caller = find_caller(session, secret)
    with database.writing(ada.tenant) as session:
        return open_api_session(session, caller)


def refreshed(database: Database, tenant_id: int, secret: str) -> IssuedSession | None:
    with database.writing(tenant_id) as session:
        return refresh_api_session(session, tenant_id, secret)


def test_a_session_is_its_user_until_it_ends(database: Database, issued: IssuedSession, ada: Actor) -> None:
    with database.reading_all() as session:
        assert find_api_session(session, issued.uid).actor.name == ADA
    with database.writing(ada.tenant) as session:
        end_api_session(session, ada.tenant, issued.uid)
    with database.reading_all() as session, pytest.raises(TokenInvalid):
        find_api_session(session, issued.uid)
    with pytest.raises(TokenInvalid):
        refreshed(database, ada.tenant, issued.refresh_secret)


def test_each_refresh_gives_another_secret_of_the_same_session(
    database: Database, issued: IssuedSession, ada: Actor
) -> None:
    following = refreshed(database, ada.tenant, issued.refresh_secret)

    assert following is not None
    assert following.uid == issued.uid
    assert following.refresh_secret != issued.refresh_secret
    assert refreshed(database, ada.tenant, following.refresh_secret) is not None


def test_a_refresh_token_that_comes_twice_ends_the_session_and_is_audited(
    database: Database, issued: IssuedSession, ada: Actor
) -> None:
    following = refreshed(database, ada.tenant, issued.refresh_secret)
    assert following is not None

    assert refreshed(database, ada.tenant, issued.refresh_secret) is None

    with pytest.raises(TokenInvalid):
        refreshed(database, ada.tenant, following.refresh_secret)
    with database.reading(ada.tenant) as session:
        done = session.scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == ada.tenant)).all()
    assert done == ["token.made", "token.reused"]


def test_a_session_that_nobody_refreshes_is_over_after_thirty_days(
    database: Database, issued: IssuedSession, ada: Actor
) -> None:
    with time_machine.travel(now() + timedelta(days=30, seconds=1)), pytest.raises(TokenExpired):
        refreshed(database, ada.tenant, issued.refresh_secret)


def test_it_ends_with_its_token(database: Database, issued: IssuedSession, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        revoke_token(session, ada, issued.caller.token_id)

    with database.reading_all() as session, pytest.raises(TokenInvalid):
        find_api_session(session, issued.uid)
    with pytest.raises(TokenInvalid):
        refreshed(database, ada.tenant, issued.refresh_secret)


def test_a_refresh_token_names_its_tenant_and_ends_its_session(
    database: Database, issued: IssuedSession, ada: Actor
) -> None:
    with database.reading_all() as session:
        assert tenant_of_refresh_token(session, issued.refresh_secret) == ada.tenant
        with pytest.raises(TokenInvalid):
            tenant_of_refresh_token(session, "x" * 43)
        with pytest.raises(TokenInvalid):
            tenant_of_refresh_token(session, "\x00 no secret")
    for _ in range(2):
        with database.writing(ada.tenant) as session:
            end_by_refresh_token(session, ada.tenant, issued.refresh_secret)
    with database.reading_all() as session, pytest.raises(TokenInvalid):
        find_api_session(session, issued.uid)


def test_another_tenant_cannot_refresh_it(
    database: Database, issued: IssuedSession, tenants: TwoTenants
) -> None:
    with pytest.raises(TokenInvalid):
        refreshed(database, tenants.theirs, issued.refresh_secret)
