"""A Pipedrive user of the tenant with the same verified e-mail becomes its user."""

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.connections.joining import join_tenant, tenant_to_join
from models.database.engine import Database
from models.tables import AuditEntry, PipedriveUser, Tenant, User
from tests.conftest import TwoTenants

CLEO = "cleo@example.com"
STRANGER = Actor(CLEO)


def list_user(database: Database, tenant_id: int, **values: object) -> None:
    with database.writing_all() as session:
        row = {"pipedrive_id": "7", "name": "Cleo", "email": CLEO} | values
        session.add(PipedriveUser(tenant_id=tenant_id, **row))


def found(database: Database, actor: Actor, email: str = CLEO) -> int | None:
    with database.reading_all() as session:
        return tenant_to_join(session, email, actor)


def test_the_only_tenant_that_knows_the_email_is_joined(database: Database, tenants: TwoTenants) -> None:
    list_user(database, tenants.theirs)
    assert found(database, STRANGER) == tenants.theirs
    list_user(database, tenants.ours)
    assert found(database, STRANGER) is None, "two know it, so none is certain"
    assert found(database, Actor(CLEO, tenants.ours, is_certain=True)) == tenants.ours, "the space decides"


@pytest.mark.parametrize("values", [{"is_active": False}, {"email": "other@example.com"}, {"email": ""}])
def test_who_is_no_active_user_of_pipedrive_joins_nothing(
    database: Database, tenants: TwoTenants, values: dict[str, object]
) -> None:
    list_user(database, tenants.ours, **values)

    assert found(database, Actor(CLEO, tenants.ours, is_certain=True)) is None
    assert found(database, STRANGER, "") is None


def test_a_user_joins_nothing_again_and_a_guest_elsewhere_stays_a_guest(
    database: Database, tenants: TwoTenants
) -> None:
    list_user(database, tenants.ours)
    assert found(database, Actor(CLEO, tenants.ours, user_id=1)) is None
    assert found(database, Actor(CLEO, tenants.theirs, is_certain=True)) is None


def test_who_is_a_user_elsewhere_joins_only_where_a_space_is_linked(
    database: Database, tenants: TwoTenants
) -> None:
    list_user(database, tenants.ours)
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants.theirs, email=CLEO))
    assert found(database, STRANGER) is None
    assert found(database, Actor(CLEO, tenants.ours, is_certain=True)) == tenants.ours


def test_a_tenant_that_is_being_erased_takes_nobody_in(database: Database, tenants: TwoTenants) -> None:
    list_user(database, tenants.ours)
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants.ours).values(status="erasing"))
    assert found(database, STRANGER) is None


def test_of_two_first_words_one_makes_the_user(database: Database, tenants: TwoTenants) -> None:
    list_user(database, tenants.ours)
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            join_tenant(session, tenants.ours, CLEO, "users/4", "Cleo")

    with database.reading_all() as session:
        (user,) = session.scalars(select(User).where(User.email == CLEO)).all()
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert (user.tenant_id, user.role, user.chat_name, user.display_name, user.pipedrive_user_id) == (
        tenants.ours,
        "sales_rep",
        "users/4",
        "Cleo",
        "7",
    )
    assert (entry.actor, entry.action, entry.details) == (CLEO, "user.joined", {"role": "sales_rep"})
