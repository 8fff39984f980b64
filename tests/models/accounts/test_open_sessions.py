"""Signed-in browsers: one's own for people, all of the team's for admins, of no other team for anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.actor import Actor
from models.accounts.open_sessions import end_session, list_sessions
from models.clock import now
from models.database.engine import Database
from models.errors import NotFound
from models.tables import BrowserSession
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
