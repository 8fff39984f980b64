"""The page shows who is who in Pipedrive: by e-mail, by hand, and personal connections."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from models.database.engine import Database
from models.tables import PersonalConnection, PipedriveUser, User
from tests.conftest import TwoTenants
from web.setup import people as people_module
from web.setup.people import People, PipedriveName, people_of


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Each tenant has Ada, matched, with a connection of her own, and Ben, of whom nothing is known."""
    with database.writing_all() as session:
        for each in tenants:
            ada = User(
                tenant_id=each,
                email="ada@example.com",
                display_name=f"Ada of {each}",
                role="admin",
                chat_name="users/1",
                pipedrive_user_id="11",
            )
            session.add_all([ada, User(tenant_id=each, email="ben@example.com")])
            session.flush()
            session.add(PersonalConnection(tenant_id=each, user_id=ada.id, pipedrive_user_id="11"))
            session.add_all(
                PipedriveUser(tenant_id=each, pipedrive_id=number, name=name, is_active=is_active)
                for number, name, is_active in (
                    ("11", f"A. of {each}", True),
                    ("12", "Gone", False),
                )
            )
    return database


def _people(database: Database, tenant_id: int) -> People:
    with database.reading(tenant_id) as session:
        return people_of(session, tenant_id)


def test_people_of_a_team_are_told_by_email_and_no_others(filled: Database, tenants: TwoTenants) -> None:
    people = _people(filled, tenants.ours)

    ada, ben = people.rows
    assert (ada.name, ada.role, ada.is_known) == (f"Ada of {tenants.ours}", "admin", True)
    assert (ada.pipedrive_id, ada.personal, people.named("11")) == (
        "11",
        "connected",
        f"A. of {tenants.ours}",
    )
    assert (ben.name, ben.is_known, ben.pipedrive_id, ben.personal) == ("ben@example.com", False, "", "")
    assert (people.matched, people.more) == (1, 0)


def test_only_active_users_of_pipedrive_may_be_chosen(filled: Database, tenants: TwoTenants) -> None:
    people = _people(filled, tenants.ours)

    assert [user.id for user in people.pipedrive] == ["11"]
    assert (people.knows("11"), people.knows("12")) == (True, False)
    assert people.named("12") == "user 12"


def test_a_connection_of_their_own_that_was_taken_back_is_none(filled: Database, tenants: TwoTenants) -> None:
    with filled.writing(tenants.ours) as session:
        mine = PersonalConnection.tenant_id == tenants.ours
        session.execute(update(PersonalConnection).where(mine).values(state="revoked"))

    assert [row.personal for row in _people(filled, tenants.ours).rows] == ["", ""]


def test_a_large_team_is_cut_and_counted(
    filled: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "MOST", 1)

    people = _people(filled, tenants.ours)

    assert (len(people.rows), people.more) == (1, 1)


def test_who_has_no_name_in_pipedrive_goes_by_email() -> None:
    people = People(pipedrive=(PipedriveName("9", "", "cy@example.com"),))

    assert people.named("9") == "cy@example.com"
