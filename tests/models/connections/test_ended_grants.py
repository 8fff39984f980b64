"""A grant to give back is taken by one worker at a time, and its token stays bound to the row it had."""

from __future__ import annotations

from datetime import timedelta

from models.connections.ended_grants import PAUSES, claim_due, end_grant, forget, put_off
from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.tables import EndedGrant, PersonalConnection, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, count


def given(database: Database, vault: Vault, tenant_id: int) -> None:
    """An ended grant of a user of this team."""
    person = User(tenant_id=tenant_id, email="ben@x.test")
    add(database, person)
    where = associated_data(tenant_id, "personal_connections", "refresh_token", person.id)
    token = vault.close(f"token of {tenant_id}", where)
    mine = {"tenant_id": tenant_id, "user_id": person.id, "pipedrive_user_id": "2"}
    add(database, PersonalConnection(**mine, refresh_token=token))
    with database.writing(tenant_id) as session:
        end_grant(session, tenant_id, person.id)
        session.delete(session.get_one(User, (tenant_id, person.id)))


def test_it_is_taken_once_until_its_pause_is_over(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    for each in tenants:
        given(database, vault, each)
    at = NOON.replace(year=NOON.year + 10)
    with database.writing_all() as session:
        due = claim_due(session, at)
    with database.writing_all() as session:
        assert claim_due(session, at) == []
        again = claim_due(session, at + PAUSES[0])

    opened = {each.tenant_id: vault.open(each.refresh_token, each.associated_data) for each in due}
    assert opened == {each: f"token of {each}" for each in tenants}
    assert [each.failures for each in again] == [1, 1]


def test_it_is_forgotten_or_put_off(database: Database, vault: Vault, tenants: TwoTenants) -> None:
    for each in tenants:
        given(database, vault, each)
    at = NOON.replace(year=NOON.year + 10)
    with database.writing_all() as session:
        first, other = sorted(claim_due(session, at), key=lambda each: each.tenant_id)
    with database.writing(first.tenant_id) as session:
        forget(session, first)
    assert count(database, EndedGrant) == 1
    with database.writing(other.tenant_id) as session:
        put_off(session, other, at + timedelta(seconds=1))
    with database.writing_all() as session:
        assert claim_due(session, at) == []
        assert [each.failures for each in claim_due(session, at + timedelta(seconds=1))] == [0]
