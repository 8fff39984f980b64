"""Organizations are found by all of the words, without those that Pipedrive hides from whoever asks."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.errors import NotAllowed, NotFound
from models.leads.organizations import get_organization, list_organizations
from models.leads.queries import view_of
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import add_users, hear, match


@pytest.fixture
def ben(database: Database, tenants: TwoTenants) -> Actor:
    add_users(database, tenants.ours, 1, 2)
    found = add_person(database, tenants.ours, "Ben", role="sales_rep")
    hear(database, tenants.ours, 5, entity="organization", name="Globex", seen_by=[2])
    hear(database, tenants.theirs, 6, entity="organization", name="Globex")
    return found


def found_by(database: Database, actor: Actor, *words: str) -> list[int]:
    with database.reading(actor.tenant) as session:
        return [each.id for each in list_organizations(view_of(session, actor, now()), actor, words)]


def test_a_restricted_organization_is_found_by_whom_it_is_shown_to(database: Database, ben: Actor) -> None:
    match(database, ben, 1)
    assert found_by(database, ben, "globex") == []
    match(database, ben, 2)
    assert found_by(database, ben, "globex") == [5]
    assert found_by(database, ben, "globex", "other") == []


def test_nobody_reads_one_of_another_team_and_a_guest_none(
    database: Database, ben: Actor, tenants: TwoTenants
) -> None:
    guest = Actor("Gil", tenants.ours)
    with database.reading(ben.tenant) as session:
        with pytest.raises(NotFound):
            get_organization(view_of(session, ben, now()), ben, 6)
        with pytest.raises(NotAllowed):
            get_organization(view_of(session, guest, now()), guest, 5)
