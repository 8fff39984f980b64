"""Browser sessions: found by their secret until they expire; rights are read from the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update

from models.accounts.rights import Action
from models.accounts.sessions import (
    IDLE,
    LIFE,
    SEEN_EVERY,
    Origin,
    SignedInUser,
    close_session,
    find,
    memberships,
    open_session,
    switch_tenant,
    touch,
)
from models.database.engine import Database
from models.security.secrets import digest_of
from models.tables import BrowserSession, Tenant, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as moved:
        yield moved


def opened(database: Database, email: str = ADA, origin: Origin | None = None) -> str:
    with database.writing_all() as session:
        return open_session(session, email, "Ada Lovelace", "Firefox", origin or Origin())


def found(database: Database, secret: str) -> SignedInUser | None:
    with database.reading_all() as session:
        known = find(session, secret)
    return known[0] if known else None


def person(database: Database, secret: str) -> SignedInUser:
    known = found(database, secret)
    assert known is not None
    return known


def user(database: Database, tenant_id: int, email: str = ADA, role: str = "admin") -> None:
    add(database, User(tenant_id=tenant_id, email=email, role=role))


def test_the_secret_finds_the_person_and_the_record_holds_its_hash_alone(database: Database) -> None:
    secret = opened(database)

    assert person(database, secret).email == ADA
    with database.reading_all() as session:
        row = session.scalars(select(BrowserSession)).one()
    assert (row.token_hash, row.agent) == (digest_of(secret), "Firefox")
    assert found(database, row.token_hash) is None
    assert found(database, "made up") is None


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_the_only_tenant_of_a_person_is_the_one_looked_at(
    database: Database, tenants: TwoTenants, role: str
) -> None:
    user(database, tenants.ours, role=role)
    user(database, tenants.theirs, BEN)

    seen = person(database, opened(database))

    assert (seen.tenant_id, seen.role, seen.may(Action.PEOPLE_CHANGE)) == (
        tenants.ours,
        role,
        role == "admin",
    )


def test_of_two_tenants_the_first_by_name_is_looked_at_first(database: Database, tenants: TwoTenants) -> None:
    user(database, tenants.theirs)
    user(database, tenants.ours)

    assert person(database, opened(database)).tenant_id == tenants.ours


def test_a_stranger_looks_at_no_tenant(database: Database, tenants: TwoTenants) -> None:
    user(database, tenants.ours)
    stranger = person(database, opened(database, BEN))

    assert (stranger.tenant_id, stranger.role, stranger.may(Action.HELP_READ)) == (None, None, False)


def test_who_is_added_to_a_team_meanwhile_is_seen_in_it(database: Database, tenants: TwoTenants) -> None:
    secret = opened(database)
    user(database, tenants.theirs, role="viewer")
    assert person(database, secret).tenant_id == tenants.theirs

    user(database, tenants.ours)
    assert person(database, secret).tenant_id is None, "of two nobody chooses for them"


def test_nobody_is_turned_to_another_tenant_unasked(database: Database, tenants: TwoTenants) -> None:
    """A page of the first may still be open: its buttons must not act in the second."""
    user(database, tenants.ours)
    user(database, tenants.theirs)
    secret = opened(database)
    with database.writing_all() as session:
        session.execute(delete(User).where(User.tenant_id == tenants.ours))

    assert person(database, secret).tenant_id is None


def test_a_person_of_two_tenants_finds_the_one_looked_at_last(
    database: Database, tenants: TwoTenants, at: time_machine.Traveller
) -> None:
    user(database, tenants.ours)
    user(database, tenants.theirs)
    for tenant_id in (tenants.ours, tenants.theirs):
        session_id = find_id(database, opened(database))
        with database.writing_all() as session:
            switch_tenant(session, session_id, tenant_id)
        at.shift(1)

    assert person(database, opened(database)).tenant_id == tenants.theirs

    with database.writing_all() as session:
        session.execute(delete(User).where(User.tenant_id == tenants.theirs))
    assert person(database, opened(database)).tenant_id == tenants.ours


def find_id(database: Database, secret: str) -> int:
    return person(database, secret).session_id


def test_whoever_is_removed_is_out_at_once(database: Database, tenants: TwoTenants) -> None:
    user(database, tenants.ours)
    secret = opened(database)
    mine = User.tenant_id == tenants.ours

    with database.writing_all() as session:
        session.execute(update(User).where(mine).values(role="viewer"))
    assert not person(database, secret).may(Action.PEOPLE_CHANGE)

    with database.writing_all() as session:
        session.execute(delete(User).where(mine))
    assert person(database, secret).tenant_id is None
    with database.writing_all() as session:
        session.execute(delete(Tenant).where(Tenant.id == tenants.ours))
    assert person(database, secret).email == ADA


def test_a_link_from_a_space_opens_nothing_of_its_tenant_to_a_stranger(
    database: Database, tenants: TwoTenants
) -> None:
    user(database, tenants.ours)
    guest = person(database, opened(database, BEN, Origin(tenants.ours, "spaces/A", "Deals")))
    admin = person(database, opened(database, ADA, Origin(tenants.ours, "spaces/A", "Deals")))

    assert (guest.tenant_id, guest.role) == (None, None)
    assert (guest.space, guest.space_title) == ("spaces/A", "Deals")
    assert (admin.tenant_id, admin.role) == (tenants.ours, "admin")


def test_to_look_at_a_tenant_gives_no_right_in_it(database: Database, tenants: TwoTenants) -> None:
    secret = opened(database)
    session_id = find_id(database, secret)
    with database.writing_all() as session:
        switch_tenant(session, session_id, tenants.theirs)

    assert person(database, secret).tenant_id is None


def test_a_session_ends_when_nobody_comes(database: Database, at: time_machine.Traveller) -> None:
    idle, busy = opened(database), opened(database)
    at.shift(IDLE - timedelta(seconds=1))
    assert found(database, idle)
    session_id = find_id(database, busy)
    with database.writing_all() as session:
        touch(session, session_id)
    at.shift(1)

    assert found(database, idle) is None
    assert found(database, busy)


def test_a_session_ends_after_thirty_days_whoever_comes(
    database: Database, at: time_machine.Traveller
) -> None:
    secret = opened(database)
    session_id = find_id(database, secret)
    for _ in range(LIFE // (IDLE / 2)):
        at.shift(IDLE / 2 - timedelta(microseconds=1))
        with database.writing_all() as session:
            touch(session, session_id)
    assert found(database, secret)
    at.shift(timedelta(seconds=1))

    assert found(database, secret) is None


def test_being_here_is_noted_now_and_then(database: Database, at: time_machine.Traveller) -> None:
    secret = opened(database)

    def is_due() -> bool:
        with database.reading_all() as session:
            known = find(session, secret)
        assert known is not None
        return known[1]

    assert not is_due()
    at.shift(SEEN_EVERY)
    assert not is_due()
    at.shift(1)
    assert is_due()


def test_signing_out_ends_this_browser_alone(database: Database) -> None:
    here, there = opened(database), opened(database)
    for _ in range(2):
        with database.writing_all() as session:
            close_session(session, here)

    assert (found(database, here), count(database, BrowserSession)) == (None, 1)
    assert found(database, there)


def test_memberships_are_told_by_name(database: Database, tenants: TwoTenants) -> None:
    user(database, tenants.theirs, role="viewer")
    user(database, tenants.ours)
    user(database, tenants.ours, BEN)
    with database.reading_all() as session:
        mine = [(each.tenant_id, each.tenant_name, each.role) for each in memberships(session, ADA)]
        nobodys = memberships(session, "nobody@example.com")

    assert mine == [(tenants.ours, "Acme", "admin"), (tenants.theirs, "Umbrella", "viewer")]
    assert nobodys == []
