"""Tokens of people: made for oneself, found by their secret, never wider than the role, ended at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from models.accounts.actor import Actor, system
from models.accounts.tokens import (
    MOST_TOKENS,
    PREFIX,
    ApiCaller,
    create_token,
    find_caller,
    list_tokens,
    note_use,
    revoke_token,
)
from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound, TokenExpired, TokenInvalid
from models.tables import ApiToken, Tenant, User
from models.tables.accounts import Role, TenantStatus
from tests.conftest import TwoTenants

ADA, BEN = "ada@acme.test", "ben@acme.test"


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    """Ada is an admin, Ben a viewer; somebody of the other tenant is named like Ada."""
    with database.writing_all() as session:
        users = [
            User(tenant_id=tenants.ours, email=ADA, role=Role.ADMIN),
            User(tenant_id=tenants.ours, email=BEN, role=Role.VIEWER),
            User(tenant_id=tenants.theirs, email=ADA, role=Role.ADMIN),
        ]
        session.add_all(users)
        session.flush()
        return Actor(ADA, tenants.ours, user_id=users[0].id, role=Role.ADMIN)


def ben_of(database: Database, ada: Actor) -> Actor:
    with database.reading(ada.tenant) as session:
        mine = (User.tenant_id == ada.tenant, User.email == BEN)
        number = session.scalar(select(User.id).where(*mine))
    return Actor(BEN, ada.tenant, user_id=number, role=Role.VIEWER)


def made(database: Database, actor: Actor, email: str = ADA, **what: object) -> str:
    with database.writing(actor.tenant) as session:
        return create_token(session, actor, email, **what)[1]  # type: ignore[arg-type]


def caller(database: Database, secret: str) -> ApiCaller:
    with database.reading_all() as session:
        return find_caller(session, secret)


def test_a_token_is_its_user_with_the_scopes_of_their_role(database: Database, ada: Actor) -> None:
    found = caller(database, made(database, ada))

    assert (found.actor.name, found.actor.tenant_id, found.actor.role) == (ADA, ada.tenant, Role.ADMIN)
    assert "admin:tenant" in found.scopes
    assert found.actor.is_certain


def test_only_the_hash_of_a_secret_is_stored(database: Database, ada: Actor) -> None:
    secret = made(database, ada)

    with database.reading(ada.tenant) as session:
        row = session.scalars(select(ApiToken).where(ApiToken.tenant_id == ada.tenant)).one()
    assert secret.startswith(PREFIX)
    assert secret not in repr(vars(row))
    assert row.last_four == secret[-4:]


def test_a_token_shrinks_and_grows_with_the_role_but_not_beyond_its_scopes(
    database: Database, ada: Actor
) -> None:
    secret = made(database, system(ada.tenant, "test"), BEN, scopes=["read:rules", "write:rules"])
    assert caller(database, secret).scopes == {"read:rules"}

    with database.writing_all() as session:
        session.execute(update(User).where(User.email == BEN).values(role=Role.ADMIN))
    assert caller(database, secret).scopes == {"read:rules"}


@pytest.mark.parametrize("scopes", [["*"], ["write:rules"]])
def test_scopes_that_give_nothing_are_refused(database: Database, ada: Actor, scopes: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        made(database, system(ada.tenant, "test"), BEN, scopes=scopes)


def test_nobody_makes_a_token_of_somebody_else_or_of_a_stranger(database: Database, ada: Actor) -> None:
    with pytest.raises(NotAllowed):
        made(database, ada, BEN)
    with pytest.raises(NotFound):
        made(database, system(ada.tenant, "test"), "eve@nowhere.test")
    with pytest.raises(NotAllowed):
        made(database, replace(ada, role=None))


def test_a_token_ends_when_its_time_is_over(database: Database, ada: Actor) -> None:
    secret = made(database, ada, days=1)

    with time_machine.travel(now() + timedelta(days=1, seconds=1)), pytest.raises(TokenExpired):
        caller(database, secret)


@pytest.mark.parametrize("secret", ["", "pn_", "pn_" + "x" * 43, "nope", "pn_\x00", "pn_ß"])
def test_what_was_never_a_token_is_nobody(database: Database, ada: Actor, secret: str) -> None:
    with pytest.raises(TokenInvalid):
        caller(database, secret)


def test_a_revoked_token_is_refused_at_once_and_revoked_by_its_user_or_an_admin(
    database: Database, ada: Actor
) -> None:
    ben = ben_of(database, ada)
    secret, of_ada = made(database, ben, BEN), made(database, ada)
    with database.writing(ada.tenant) as session:
        mine, whole = list_tokens(session, ben), list_tokens(session, ada)
        assert [email for _, email in mine] == [BEN]
        assert [email for _, email in whole] == [BEN, ADA]
        with pytest.raises(NotFound):
            revoke_token(session, ben, whole[1][0].id)
        revoke_token(session, ada, mine[0][0].id)

    with pytest.raises(TokenInvalid):
        caller(database, secret)
    assert caller(database, of_ada).actor.name == ADA


def test_whoever_is_removed_or_whose_team_is_erased_calls_no_more(database: Database, ada: Actor) -> None:
    bens, adas = made(database, ben_of(database, ada), BEN), made(database, ada)
    with database.writing_all() as session:
        session.delete(session.scalars(select(User).where(User.email == BEN)).one())
        session.execute(update(Tenant).where(Tenant.id == ada.tenant).values(status=TenantStatus.ERASING))

    for secret in (bens, adas):
        with pytest.raises(TokenInvalid):
            caller(database, secret)


def test_use_is_noted_from_time_to_time(database: Database, ada: Actor) -> None:
    secret = made(database, ada)
    first = caller(database, secret)
    assert first.use_is_due
    with database.writing(ada.tenant) as session:
        note_use(session, ada.tenant, first.token_id, now())

    assert not caller(database, secret).use_is_due


def test_one_person_has_only_so_many(database: Database, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        for _ in range(MOST_TOKENS):
            create_token(session, ada, ADA)
        with pytest.raises(InvalidRequest):
            create_token(session, ada, ADA)


@pytest.mark.parametrize("days", [0, 367])
def test_a_token_is_good_for_a_day_to_a_year(database: Database, ada: Actor, days: int) -> None:
    with pytest.raises(InvalidRequest):
        made(database, ada, days=days)
