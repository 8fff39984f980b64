"""Visibility, case by case as pure functions, and the users it compares with."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.connections.visibility import (
    EVERYTHING,
    NOT_PERMITTED,
    Visibility,
    active_users,
    restriction,
    viewer_of,
    visibility,
)
from models.database.engine import Database
from models.tables import PipedriveUser, User
from tests.conftest import TwoTenants
from tests.models.rows import add

ALL = frozenset("123")
SOME = frozenset("12")
SAID = "2 of 3 people may see it in Pipedrive"
WITHHELD, HIDDEN = Visibility(SAID), Visibility(SAID, suppressed=True)


@pytest.mark.parametrize(
    ("permitted", "users", "said"),
    [
        (None, ALL, ""),
        (SOME, frozenset(), ""),
        (ALL, ALL, ""),
        (ALL | {"9"}, ALL, ""),
        (SOME, ALL, SAID),
        (frozenset("19"), ALL, "1 of 3 people may see it in Pipedrive"),
        (frozenset(), ALL, "0 of 3 people may see it in Pipedrive"),
    ],
)
def test_restricted_is_what_an_active_user_may_not_see(
    permitted: frozenset[str] | None, users: frozenset[str], said: str
) -> None:
    assert restriction(permitted, users) == said


@pytest.mark.parametrize(
    ("permitted", "kind", "person", "shows", "seen"),
    [
        (SOME, "chat_space", None, False, WITHHELD),
        (SOME, "chat_webhook", None, False, WITHHELD),
        (SOME, "chat_space", None, True, EVERYTHING),
        (SOME, "chat_webhook", None, True, EVERYTHING),
        (ALL, "chat_space", None, False, EVERYTHING),
        (None, "chat_space", None, False, EVERYTHING),
        (SOME, "chat_dm", "1", False, EVERYTHING),
        (SOME, "chat_dm", "3", False, HIDDEN),
        (SOME, "chat_dm", "3", True, HIDDEN),
        (SOME, "chat_dm", None, False, WITHHELD),
        (SOME, "chat_dm", None, True, WITHHELD),
        (ALL, "chat_dm", None, False, EVERYTHING),
        (ALL, "chat_dm", "gone", False, Visibility(NOT_PERMITTED, suppressed=True)),
        (None, "chat_dm", "3", False, EVERYTHING),
    ],
)
def test_each_destination_sees_what_it_may(
    permitted: frozenset[str] | None, kind: str, person: str | None, shows: bool, seen: Visibility
) -> None:
    assert visibility(permitted, ALL, kind, pipedrive_user_id=person, shows_restricted=shows) == seen


def test_active_users_are_those_of_the_tenant(database: Database, tenants: TwoTenants) -> None:
    add(
        database,
        PipedriveUser(tenant_id=tenants.ours, pipedrive_id="1"),
        PipedriveUser(tenant_id=tenants.ours, pipedrive_id="2", is_active=False),
        PipedriveUser(tenant_id=tenants.theirs, pipedrive_id="3"),
    )
    with database.reading_all() as session:
        assert active_users(session, tenants.ours) == {"1"}
        assert active_users(session, tenants.theirs) == {"3"}


def test_who_reads_is_known_by_their_own_match_in_pipedrive(database: Database, tenants: TwoTenants) -> None:
    people = [User(tenant_id=each, email="ada@acme.test", pipedrive_user_id=str(each)) for each in tenants]
    add(database, *people)
    with database.reading_all() as session:
        ada = Actor("ada@acme.test", tenants.ours, user_id=people[0].id)
        assert viewer_of(session, ada) == str(tenants.ours)
        assert viewer_of(session, Actor("a guest", tenants.ours)) is None
