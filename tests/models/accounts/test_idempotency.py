"""A repeat with the same key gets the same answer for a day; another request with it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.actor import Actor
from models.accounts.idempotency import KeptAnswer, find_answer, keep_answer
from models.clock import now
from models.database.engine import ConstraintViolation, Database
from models.errors import Conflict
from models.security.vault import Vault
from models.tables import IdempotentAnswer, User
from tests.conftest import TwoTenants


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    with database.writing_all() as session:
        user = User(tenant_id=tenants.ours, email="ada@acme.test", role="admin")
        session.add(user)
        session.flush()
        return Actor(user.email, tenants.ours, user_id=user.id, role=user.role)


def keep(database: Database, actor: Actor, key: str = "k", request_hash: str = "r") -> None:
    with database.writing(actor.tenant) as session:
        keep_answer(session, actor, key, request_hash, KeptAnswer(201, '{"a":1}'))


def test_the_first_answer_is_kept_for_the_same_request(database: Database, ada: Actor) -> None:
    keep(database, ada)

    with database.writing(ada.tenant) as session:
        found = find_answer(session, ada, "k", "r")
        assert found is not None
        assert (found.status, found.body) == (201, '{"a":1}')
        assert find_answer(session, ada, "other", "r") is None
        with pytest.raises(Conflict):
            find_answer(session, ada, "k", "another request")


def test_an_answer_with_a_secret_is_stored_encrypted(database: Database, vault: Vault, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        keep_answer(session, ada, "k", "r", KeptAnswer(201, "in_secret"), vault)

    with database.writing(ada.tenant) as session:
        assert "in_secret" not in session.scalars(select(IdempotentAnswer.body)).one()
        assert find_answer(session, ada, "k", "r", vault) == KeptAnswer(201, "in_secret")


def test_two_at_the_same_moment_keep_one(database: Database, ada: Actor) -> None:
    keep(database, ada)

    with pytest.raises(ConstraintViolation):
        keep(database, ada)


def test_after_a_day_the_key_is_free_again(database: Database, ada: Actor) -> None:
    keep(database, ada)

    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        with database.writing(ada.tenant) as session:
            assert find_answer(session, ada, "k", "another request") is None
        keep(database, ada, request_hash="another request")
