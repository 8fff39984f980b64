"""Who a person in Chat is: decided by the space, then the e-mail."""

import pytest

from models.accounts.queries import actor_in_chat, find_users, tenant_id_of
from models.database.engine import Database
from models.errors import NotFound
from models.tables import User
from tests.chat import two_tenants

ADA, EVE = ("ada@acme.test", "users/1"), ("eve@x.test", "users/9")
NAMELESS, NOBODY = ("", "users/9"), ("", "")


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


@pytest.mark.parametrize(
    ("person", "space", "found"),
    [
        (ADA, "spaces/ACME", (0, True, "admin")),
        (ADA, "spaces/BOLT", (1, True, None)),
        (ADA, "spaces/NEW", (0, False, "admin")),
        (ADA, "spaces/DM", (0, True, "admin")),
        (EVE, "spaces/ACME", (0, True, None)),
        (EVE, "spaces/NEW", (None, False, None)),
        (NAMELESS, "spaces/DM", (None, False, None)),
        (NOBODY, "", (None, False, None)),
    ],
)
def test_the_space_decides_then_the_email(
    database: Database,
    tenants: tuple[int, int],
    person: tuple[str, str],
    space: str,
    found: tuple[int | None, bool, str | None],
) -> None:
    with database.reading_all() as session:
        actor = actor_in_chat(session, *person, space, is_dm=space == "spaces/DM")
    tenant, is_certain, role = found
    assert actor.tenant_id == (None if tenant is None else tenants[tenant])
    assert (actor.is_certain, actor.role) == (is_certain, role)


def test_a_tenant_is_found_by_its_name(database: Database, tenants: tuple[int, int]) -> None:
    with database.reading_all() as session:
        assert tenant_id_of(session, "Acme") == tenants[0]
        with pytest.raises(NotFound, match="Nobody"):
            tenant_id_of(session, "Nobody")


def test_people_are_found_by_a_part_of_name_or_email(database: Database, tenants: tuple[int, int]) -> None:
    ours, theirs = tenants
    people = [("ada@x.test", "Ada Ärger"), ("ben@x.test", ""), ("cleo@x.test", "Cléo")]
    with database.writing_all() as session:
        session.add_all(
            User(tenant_id=each, email=email, display_name=name) for each in tenants for email, name in people
        )
    with database.reading(ours) as session:
        found, fit, total = find_users(session, ours, "ÄRG", 5)
        every, all_fit, _ = find_users(session, ours, "", 2)

    assert ([each.email for each in found], fit) == (["ada@x.test"], 1)
    assert (len(every), all_fit) == (2, total)
    assert theirs not in {each.tenant_id for each in (*found, *every)}
