"""Stored grants: one refresh lease at a time, and a late process overwrites no state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections import tokens
from models.connections.tokens import Grant, TokenOwner
from models.database.engine import Database
from models.tables.accounts import User
from models.tables.connections import Connection, PersonalConnection
from tests.conftest import TwoTenants

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEASE = NOON + timedelta(seconds=30)

T = TypeVar("T")
Seats = Callable[[int], TokenOwner]


@pytest.fixture(params=["tenant", "person"])
def token_owner_of(request: pytest.FixtureRequest, database: Database, tenants: TwoTenants) -> Seats:
    """The token owners to test in each tenant: its own, or that of a person; each holds the token `spent`."""
    people = {}
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            person = User(tenant_id=tenant_id, email="ada@example.com")
            session.add_all([person, connection(tenant_id)])
            session.flush()
            session.add(
                PersonalConnection(
                    tenant_id=tenant_id, user_id=person.id, pipedrive_user_id="7", refresh_token="spent"
                )
            )
            people[tenant_id] = person.id
    is_person = request.param == "person"
    return lambda tenant_id: TokenOwner(tenant_id, people[tenant_id] if is_person else None)


def connection(tenant_id: int) -> Connection:
    return Connection(
        tenant_id=tenant_id,
        company_id=f"company-{tenant_id}",
        domain="acme.pipedrive.com",
        state="connected",
        refresh_token="spent",
    )


def write(database: Database, seat: TokenOwner, what: Callable[..., T], *arguments: object) -> T:
    with database.writing(seat.tenant_id) as session:
        return what(session, seat, *arguments)


def found(database: Database, seat: TokenOwner) -> Grant:
    grant = write(database, seat, tokens.find)
    assert grant is not None
    return grant


def state(session: Session, seat: TokenOwner, state: str) -> None:
    found: Any = select(seat.table).where(*seat.rows())
    session.scalars(found).one().state = state


def test_a_turn_is_taken_once_and_again_when_it_ran_out(
    database: Database, tenants: TwoTenants, token_owner_of: Seats
) -> None:
    ours = token_owner_of(tenants.ours)
    assert write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)
    assert not write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)
    assert write(database, token_owner_of(tenants.theirs), tokens.take_refresh_lease, "spent", NOON, LEASE)
    assert write(database, ours, tokens.take_refresh_lease, "spent", LEASE, LEASE + timedelta(seconds=30))


def test_a_turn_given_back_is_free(database: Database, tenants: TwoTenants, token_owner_of: Seats) -> None:
    ours = token_owner_of(tenants.ours)
    write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)
    assert not write(database, ours, tokens.free_refresh_lease, NOON)
    assert write(database, ours, tokens.free_refresh_lease, LEASE)
    assert write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)


@pytest.mark.parametrize("ended", ["needs_reauth", "revoked"])
def test_there_is_no_turn_for_what_was_exchanged_or_has_ended(
    database: Database, tenants: TwoTenants, token_owner_of: Seats, ended: str
) -> None:
    ours = token_owner_of(tenants.ours)
    assert not write(database, ours, tokens.take_refresh_lease, "another", NOON, LEASE)
    write(database, ours, state, ended)
    assert not write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)


def test_what_came_of_an_exchange_is_stored_for_its_seat_alone(
    database: Database, tenants: TwoTenants, token_owner_of: Seats
) -> None:
    ours = token_owner_of(tenants.ours)
    other = TokenOwner(tenants.ours) if ours.user_id else None
    write(database, ours, tokens.take_refresh_lease, "spent", NOON, LEASE)
    assert write(database, ours, tokens.renew, "spent", LEASE, {"access_token": "new"})

    assert found(database, ours).access_token == "new"
    for seat in filter(None, (other, token_owner_of(tenants.theirs))):
        assert found(database, seat).access_token is None


def test_who_comes_late_does_not_overwrite_who_connected_anew(
    database: Database, tenants: TwoTenants, token_owner_of: Seats
) -> None:
    ours = token_owner_of(tenants.ours)
    anew = {"refresh_token": "anew", "refresh_lease_until": None}
    write(database, ours, tokens.renew, "spent", LEASE, anew)

    assert not write(database, ours, tokens.renew, "spent", LEASE, {"access_token": "late"})
    assert not write(database, ours, tokens.end, "spent", LEASE)
    assert found(database, ours) == Grant("connected", None, "anew", None, "acme.pipedrive.com")


@pytest.mark.parametrize(("before", "turns"), [("connected", True), ("leaving", False), ("revoked", False)])
def test_the_state_turns_once(
    *, database: Database, tenants: TwoTenants, token_owner_of: Seats, before: str, turns: bool
) -> None:
    ours = token_owner_of(tenants.ours)
    write(database, ours, state, before)
    assert write(database, ours, tokens.end, "spent", LEASE) is turns
    assert not write(database, ours, tokens.end, "spent", LEASE)

    assert found(database, ours).state == ("needs_reauth" if turns else before)
    assert found(database, token_owner_of(tenants.theirs)).state == "connected"


def test_nobody_has_nothing(database: Database, tenants: TwoTenants) -> None:
    assert write(database, TokenOwner(tenants.ours), tokens.find) is None
    assert write(database, TokenOwner(tenants.ours, 999), tokens.find) is None


def test_places_of_tokens_are_those_of_their_tables() -> None:
    assert TokenOwner(3).associated_data("access_token") == "3|connections|access_token|3"
    assert TokenOwner(3, 7).associated_data("refresh_token") == "3|personal_connections|refresh_token|7"
