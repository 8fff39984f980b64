"""Personal connections: one a person and tenant, gone with the person."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import PersonalConnection, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove


def _person(database: Database, tenant_id: int) -> User:
    person = User(tenant_id=tenant_id, email="ada@example.com")
    add(database, person)
    return person


def _own(person: User) -> PersonalConnection:
    return PersonalConnection(tenant_id=person.tenant_id, user_id=person.id, pipedrive_user_id="1")


def test_a_person_has_one_in_each_of_their_tenants(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = (_person(database, tenant) for tenant in tenants)
    add(database, _own(ours), _own(theirs))
    refused(database, _own(ours))


def test_it_cannot_belong_to_a_person_of_another_tenant(database: Database, tenants: TwoTenants) -> None:
    person = _person(database, tenants.theirs)
    refused(database, PersonalConnection(tenant_id=tenants.ours, user_id=person.id, pipedrive_user_id="1"))


def test_it_goes_with_the_person(database: Database, tenants: TwoTenants) -> None:
    person = _person(database, tenants.ours)
    add(database, _own(person))
    remove(database, person)
    assert count(database, PersonalConnection) == 0
