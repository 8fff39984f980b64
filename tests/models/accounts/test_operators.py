"""Who runs the service is known by a verified e-mail, and to every session."""

from __future__ import annotations

import pytest

from models.accounts.operators import is_operator, note_operators
from models.accounts.queries import actor_in_chat
from models.database.engine import Database
from models.settings import from_env
from models.tables import User
from tests.conftest import TwoTenants
from tests.models.rows import add


@pytest.mark.parametrize(
    ("email", "is_one"),
    [("ops@example.com", True), ("Ops@Example.com", True), ("", False), ("ops@example.com.evil.test", False)],
)
def test_who_operates_is_named_by_the_settings(database: Database, email: str, *, is_one: bool) -> None:
    note_operators(database, from_env({"OPERATORS": "Ops@Example.com, second@example.com"}))
    with database.reading_all() as session:
        assert is_operator(session, email) is is_one


def test_without_the_setting_nobody_operates(database: Database) -> None:
    with database.reading_all() as session:
        assert not is_operator(session, "ops@example.com")


def test_who_is_only_called_like_an_operator_by_a_team_is_none(
    database: Database, tenants: TwoTenants
) -> None:
    """A team may invite any address; Chat has to say that the person has it."""
    note_operators(database, from_env({"OPERATORS": "ops@example.com"}))
    add(database, User(tenant_id=tenants.ours, email="ops@example.com", role="admin", chat_name="users/1"))
    with database.reading_all() as session:
        by_chat_name = actor_in_chat(session, "", "users/1", "", is_dm=True)
        by_email = actor_in_chat(session, "ops@example.com", "users/1", "", is_dm=True)
    assert (by_chat_name.is_operator, by_email.is_operator) == (False, True)
