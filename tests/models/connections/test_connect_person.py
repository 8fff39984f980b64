"""Personal connections: only for users of the tenant, only for the tenant's own company."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from models.connections.connect_person import connect_person, connected_as
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.pipedrive.rest.me import Me
from models.tables import AuditEntry, Connection, PersonalConnection, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.models.consents import ACME, ADA, company, person
from tests.models.rows import add


def closed(user_id: int | None) -> dict[str, Any]:
    return {"access_token": f"closed {user_id}", "refresh_token": "closed", "state": "connected"}


def act(database: Database, tenant_id: int, me: Me = ACME) -> None:
    with database.writing(tenant_id) as session:
        connect_person(session, tenant_id, ADA.email, me, closed)


def test_a_user_acts_as_whom_pipedrive_says(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours)
    for each in tenants:
        person(database, each, role="sales_rep")
    act(database, tenants.ours, replace(ACME, email="other@example.com"))

    with database.reading_all() as session:
        (held,) = session.scalars(select(PersonalConnection))
        users = session.scalars(select(User).order_by(User.tenant_id)).all()
        (entry,) = session.scalars(select(AuditEntry))
    assert (held.tenant_id, held.user_id, held.pipedrive_user_id) == (tenants.ours, users[0].id, "7")
    assert (held.state, held.access_token) == ("connected", f"closed {users[0].id}")
    assert held.refreshed_at is not None
    assert [user.pipedrive_user_id for user in users] == ["7", None]
    assert (entry.action, entry.actor) == ("user.acts_as", ADA.email)


def test_connecting_again_replaces_what_was_there(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours)
    person(database, tenants.ours)
    act(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        session.scalars(select(PersonalConnection)).one().state = "needs_reauth"
    act(database, tenants.ours, replace(ACME, user_id="8"))
    with database.reading(tenants.ours) as session:
        held = session.scalars(select(PersonalConnection)).one()
    assert (held.state, held.pipedrive_user_id) == ("connected", "8")


def test_who_connected_the_team_shares_its_grant(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours, user_id="7", state="connected", refresh_token="before")
    person(database, tenants.ours)
    act(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        own = session.scalars(select(PersonalConnection)).one()
        team = session.scalars(select(Connection)).one()
    assert (own.state, own.pipedrive_user_id, own.refresh_token) == ("connected", "7", None)
    assert (team.state, team.access_token, team.refresh_token) == ("connected", "closed None", "closed")


@pytest.mark.parametrize("state", ["needs_reauth", "leaving", "revoked"])
def test_nobody_revives_what_ended_by_acting_as_themselves(
    database: Database, tenants: TwoTenants, state: str
) -> None:
    company(database, tenants.ours, user_id="7", state=state, refresh_token="before")
    person(database, tenants.ours, role="sales_rep")
    act(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        own = session.scalars(select(PersonalConnection)).one()
        team = session.scalars(select(Connection)).one()
    assert (own.refresh_token, team.state, team.refresh_token) == ("closed", state, "before")


def test_another_companys_consent_is_no_use_here(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours, company_name="Acme")
    company(database, tenants.theirs, "777", company_name="Umbrella")
    person(database, tenants.ours)
    with pytest.raises(InvalidRequest, match="signed in to Umbrella, but your team uses Acme"):
        act(database, tenants.ours, replace(ACME, company_id="777", company_name="Umbrella"))
    with database.reading_all() as session:
        assert session.scalars(select(PersonalConnection)).all() == []


def test_who_is_no_user_acts_as_nobody(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours)
    person(database, tenants.theirs)
    with pytest.raises(NotAllowed):
        act(database, tenants.ours)


def test_a_team_without_pipedrive_has_nothing_to_act_in(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.theirs)
    person(database, tenants.ours)
    with pytest.raises(InvalidRequest, match="has not connected Pipedrive yet"):
        act(database, tenants.ours)


def test_whom_somebody_acts_as_has_a_name(database: Database, tenants: TwoTenants) -> None:
    for each, number in zip(tenants, ("12345", "777"), strict=True):
        company(database, each, number)
        person(database, each)
    act(database, tenants.ours, replace(ACME, name="Ada Lovelace"))
    with database.reading_all() as session:
        assert connected_as(session, tenants.ours, ADA.email) == "Ada Lovelace"
        assert connected_as(session, tenants.theirs, ADA.email) == ""
        assert connected_as(session, tenants.ours, "ben@example.com") == ""


def test_what_pipedrives_list_says_of_a_user_stays(database: Database, tenants: TwoTenants) -> None:
    company(database, tenants.ours)
    person(database, tenants.ours)
    add(database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id="7", name=""))
    act(database, tenants.ours, replace(ACME, name="Ada Lovelace"))
    with database.reading(tenants.ours) as session:
        assert len(session.scalars(select(PipedriveUser)).all()) == 1
        assert connected_as(session, tenants.ours, ADA.email) == "user 7"
