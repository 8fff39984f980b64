"""Rows of programs that call REST: they go with their user, and secrets are unique."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.tables import User
from models.tables.api import ApiSession, ApiToken, IdempotentAnswer, RefreshToken
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove

TABLES = (ApiToken, ApiSession, RefreshToken, IdempotentAnswer)


def token(tenant_id: int, user_id: int, token_hash: str = "h") -> ApiToken:
    return ApiToken(
        tenant_id=tenant_id,
        user_id=user_id,
        token_hash=token_hash,
        scopes=["read:rules"],
        expires_at=now() + timedelta(days=1),
    )


def fill(database: Database, tenant_id: int) -> User:
    user = User(tenant_id=tenant_id, email="ada@acme.test")
    add(database, user)
    first = token(tenant_id, user.id)
    add(database, first)
    opened = ApiSession(tenant_id=tenant_id, token_id=first.id, expires_at=now())
    add(database, opened)
    answer = IdempotentAnswer(tenant_id=tenant_id, user_id=user.id, key_hash="k", request_hash="r")
    answer.status, answer.body = 200, "{}"
    add(database, RefreshToken(tenant_id=tenant_id, session_id=opened.id, token_hash="h"), answer)
    return user


def test_all_of_it_goes_with_the_user(database: Database, tenants: TwoTenants) -> None:
    user = fill(database, tenants.ours)
    assert [count(database, table) for table in TABLES] == [1, 1, 1, 1]

    remove(database, user)

    assert [count(database, table) for table in TABLES] == [0, 0, 0, 0]


def test_a_token_belongs_to_a_user_of_its_own_tenant(database: Database, tenants: TwoTenants) -> None:
    user = fill(database, tenants.ours)

    refused(database, token(tenants.theirs, user.id, "other"))
    refused(database, token(tenants.ours, user.id, "h"))
