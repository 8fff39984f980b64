"""Open sessions: one's own for people, all of the team's for admins, of no other team for anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.actor import Actor
from models.accounts.api_sessions import find_api_session, open_api_session, refresh_api_session
from models.accounts.open_sessions import (
    end_program_session,
    end_session,
    list_program_sessions,
    list_sessions,
)
from models.accounts.tokens import create_token, find_caller, revoke_token
from models.clock import now
from models.database.engine import Database
from models.errors import NotFound, TokenInvalid
from models.tables import AuditEntry, BrowserSession, User
from tests.conftest import TwoTenants

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Ada and Ben are signed in to both teams; one browser of Ben's has not been used for a day."""
    at = now()
    with database.writing_all() as session:
        for each in tenants:
            for email, seen in ((ADA, at), (BEN, at - timedelta(hours=1)), (BEN, at - timedelta(days=1))):
                row = BrowserSession(
                    token_hash=f"{each} {email} {seen}"[:64],
                    email=email,
                    tenant_id=each,
                    seen_at=seen,
                    expires_at=at + timedelta(days=1),
                )
                session.add(row)
    return database


def _actor(email: str, role: str, tenant_id: int) -> Actor:
    return Actor(name=email, tenant_id=tenant_id, user_id=1, role=role, is_certain=True)


def test_admins_see_all_of_their_team_and_others_themselves(filled: Database, tenants: TwoTenants) -> None:
    with filled.reading(tenants.ours) as session:
        admins = list_sessions(session, _actor(ADA, "admin", tenants.ours), 10)
        own = list_sessions(session, _actor(BEN, "viewer", tenants.ours), 10)

    assert [(each.email, each.tenant_id) for each in admins] == [(ADA, tenants.ours), (BEN, tenants.ours)]
    assert [each.email for each in own] == [BEN]


def test_a_session_that_is_not_ones_to_end_is_not_there(filled: Database, tenants: TwoTenants) -> None:
    with filled.reading_all() as session:
        theirs = list_sessions(session, _actor(ADA, "admin", tenants.theirs), 10)[0].id
        adas = list_sessions(session, _actor(ADA, "admin", tenants.ours), 10)[0].id
    for actor, session_id in (
        (_actor(ADA, "admin", tenants.ours), theirs),
        (_actor(BEN, "viewer", tenants.ours), adas),
    ):
        with filled.writing(tenants.ours) as session, pytest.raises(NotFound):
            end_session(session, actor, session_id)
    with filled.writing(tenants.ours) as session:
        end_session(session, _actor(ADA, "admin", tenants.ours), adas)
        assert [each.email for each in list_sessions(session, _actor(ADA, "admin", tenants.ours), 10)] == [
            BEN
        ]


@pytest.fixture
def people(database: Database, tenants: TwoTenants) -> dict[str, Actor]:
    """Ada (admin) and Ben (viewer) of ours and Eve (admin) of theirs."""
    found = {}
    with database.writing_all() as session:
        for tenant_id, name, role in (
            (tenants.ours, "ada", "admin"),
            (tenants.ours, "ben", "viewer"),
            (tenants.theirs, "eve", "admin"),
        ):
            user = User(tenant_id=tenant_id, email=f"{name}@example.com", role=role)
            session.add(user)
            session.flush()
            found[name] = Actor(user.email, tenant_id, user_id=user.id, role=role, is_certain=True)
    return found


def _opened(database: Database, actor: Actor) -> tuple[str, str, int]:
    """Exchange a new token; return the session's uid, its refresh secret and the token's id."""
    with database.writing(actor.tenant) as session:
        token, secret = create_token(session, actor, actor.name, name=f"sync of {actor.name}", days=60)
    with database.reading_all() as session:
        caller = find_caller(session, secret)
    with database.writing(actor.tenant) as session:
        issued = open_api_session(session, caller)
    return issued.uid, issued.refresh_secret, token.id


def test_admins_see_the_programs_of_their_team_and_others_their_own(
    database: Database, people: dict[str, Actor]
) -> None:
    for each in people.values():
        _opened(database, each)
    seen = {}
    for name, each in people.items():
        with database.reading(each.tenant) as session:
            seen[name] = [found.token_name for found in list_program_sessions(session, each)]

    ada, ben, eve = (f"sync of {name}@example.com" for name in people)
    assert seen == {"ada": [ada, ben], "ben": [ben], "eve": [eve]}


def test_a_program_that_refreshes_shows_when(database: Database, people: dict[str, Actor]) -> None:
    ben = people["ben"]
    _, secret, _ = _opened(database, ben)
    later = now() + timedelta(days=2)
    with time_machine.travel(later, tick=False), database.writing(ben.tenant) as session:
        refresh_api_session(session, ben.tenant, secret)
    with database.reading(ben.tenant) as session:
        (found,) = list_program_sessions(session, ben)

    assert (found.refreshed_at - found.created_at).days in (1, 2)
    assert found.expires_at - found.refreshed_at == timedelta(days=30)


def test_what_ended_or_was_revoked_is_listed_no_more(database: Database, people: dict[str, Actor]) -> None:
    ben = people["ben"]
    _, _, token_id = _opened(database, ben)
    with database.writing(ben.tenant) as session:
        revoke_token(session, ben, token_id)
    with database.reading(ben.tenant) as session:
        assert list_program_sessions(session, ben) == []


def test_an_ended_program_is_refused_and_the_trail_says_who_ended_it(
    database: Database, people: dict[str, Actor]
) -> None:
    ada, ben = people["ada"], people["ben"]
    uid, _, _ = _opened(database, ben)
    with database.reading(ben.tenant) as session:
        session_id = list_program_sessions(session, ben)[0].id
    for other in (people["eve"], ada):
        adas, _, _ = _opened(database, other)
        with database.writing(other.tenant) as session:
            mine = next(each.id for each in list_program_sessions(session, other) if each.uid == adas)
        with database.writing(ben.tenant) as session, pytest.raises(NotFound):
            end_program_session(session, ben, mine)
    with database.writing(ada.tenant) as session:
        end_program_session(session, ada, session_id)
    with database.reading_all() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "session.ended")).one()
        with pytest.raises(TokenInvalid):
            find_api_session(session, uid)

    assert (entry.tenant_id, entry.actor, entry.object) == (ada.tenant, ada.name, ben.name)
