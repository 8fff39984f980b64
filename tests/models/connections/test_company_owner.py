"""Which tenant a company belongs to: every case of the table, and two concurrent requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from models.connections.company_owner import (
    JOINED,
    MADE,
    RENEWED,
    TENANT_CREATED,
    Joined,
    Requester,
    join,
    may_found,
)
from models.database.engine import Database
from models.errors import Conflict, NotAllowed
from models.pipedrive.rest.me import Me
from models.security.audit import Auditor
from models.tables import AuditEntry, Tenant, User
from models.tables.accounts import TenantStatus
from tests.conftest import TwoTenants
from tests.models.consents import ACME, ADA, asked, company, person
from tests.models.rows import add

EVERYBODY: Mapping[str, str] = {}
BOSS = {"SIGN_UP": "invited", "BOOTSTRAP_ADMIN": "boss@example.com"}


class SetupDeps:
    """Where people ask: one database, one installation."""

    def __init__(self, database: Database, auditor: Auditor, data: Path) -> None:
        self.database, self.auditor, self.data = database, auditor, data

    def ask(
        self, requester: Requester = ADA, me: Me = ACME, variables: Mapping[str, str] = EVERYBODY
    ) -> Joined:
        with self.database.writing_all() as session:
            return join(session, requester, me, asked(self.data, **variables))

    def users(self, tenant_id: int) -> list[tuple[str, str, str | None]]:
        with self.database.reading(tenant_id) as session:
            found = session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.id))
            return [(user.email, user.role, user.pipedrive_user_id) for user in found]

    def tenants(self) -> list[str]:
        with self.database.reading_all() as session:
            return list(session.scalars(select(Tenant.name).order_by(Tenant.id)))

    def acts(self, tenant_id: int) -> list[tuple[str, str, str]]:
        with self.database.reading(tenant_id) as session:
            found = session.scalars(select(AuditEntry).where(AuditEntry.tenant_id == tenant_id))
            return [(entry.actor, entry.action, entry.object) for entry in found]


@pytest.fixture
def desk(database: Database, auditor: Auditor, tmp_path: Path) -> SetupDeps:
    return SetupDeps(database, auditor, tmp_path)


def test_an_admin_of_the_companys_tenant_renews_it(desk: SetupDeps, tenants: TwoTenants) -> None:
    company(desk.database, tenants.ours)
    person(desk.database, tenants.ours)
    assert desk.ask() == Joined(tenants.ours, "Acme", RENEWED)


def test_an_admin_who_looks_at_another_tenant_still_renews_the_companys_own(
    desk: SetupDeps, tenants: TwoTenants
) -> None:
    company(desk.database, tenants.ours)
    for each in tenants:
        person(desk.database, each)
    assert desk.ask(replace(ADA, tenant_id=tenants.theirs)).tenant_id == tenants.ours


@pytest.mark.parametrize("role", ["manager", "sales_rep", "analyst", "viewer"])
def test_a_user_who_is_no_admin_is_sent_to_one(desk: SetupDeps, tenants: TwoTenants, role: str) -> None:
    company(desk.database, tenants.ours)
    person(desk.database, tenants.ours, role=role)
    with pytest.raises(NotAllowed) as refused:
        desk.ask()
    assert refused.value.user_message == "Only an admin of Acme may connect Pipedrive. Please ask one."
    assert desk.users(tenants.ours) == [(ADA.email, role, None)]


def test_pipedrives_own_admin_joins_as_admin(desk: SetupDeps, tenants: TwoTenants) -> None:
    company(desk.database, tenants.ours)
    person(desk.database, tenants.ours, "ben@example.com")
    assert desk.ask() == Joined(tenants.ours, "Acme", JOINED)
    assert desk.users(tenants.ours)[1] == (ADA.email, "admin", "7")
    assert desk.acts(tenants.ours) == [(ADA.email, "user.joined", ADA.email)]
    assert desk.users(tenants.theirs) == []


@pytest.mark.parametrize(
    "me",
    [
        replace(ACME, is_admin=False),
        replace(ACME, email="ben@example.com"),
        replace(ACME, email=""),
        replace(ACME, email="ada@example.com.evil.example"),
    ],
)
def test_a_stranger_to_the_companys_tenant_stays_out(desk: SetupDeps, tenants: TwoTenants, me: Me) -> None:
    company(desk.database, tenants.ours)
    person(desk.database, tenants.ours, "ben@example.com", display_name="Ben")
    with pytest.raises(NotAllowed) as refused:
        desk.ask(me=me)
    assert refused.value.user_message == "Acme already uses Pipenotify. Ask an admin there to add you."
    assert desk.users(tenants.ours) == [("ben@example.com", "admin", None)]


def test_an_admin_of_another_tenant_is_a_stranger_here(desk: SetupDeps, tenants: TwoTenants) -> None:
    company(desk.database, tenants.ours)
    person(desk.database, tenants.theirs)
    with pytest.raises(NotAllowed):
        desk.ask(replace(ADA, tenant_id=tenants.theirs), replace(ACME, is_admin=False))


@pytest.mark.parametrize("looks", [True, False])
def test_a_tenant_without_company_gets_its_admins_one(
    desk: SetupDeps, tenants: TwoTenants, *, looks: bool
) -> None:
    person(desk.database, tenants.theirs)
    made = desk.ask(replace(ADA, tenant_id=tenants.theirs if looks else None))
    assert made == Joined(tenants.theirs, "Umbrella", MADE)


def test_a_tenant_without_company_gets_none_from_who_is_no_admin(
    desk: SetupDeps, tenants: TwoTenants
) -> None:
    person(desk.database, tenants.ours, role="sales_rep")
    with pytest.raises(NotAllowed, match="Only an admin of Acme"):
        desk.ask(replace(ADA, tenant_id=tenants.ours))


def test_a_tenant_named_by_who_is_no_user_of_it_stays_as_it_is(desk: SetupDeps, tenants: TwoTenants) -> None:
    assert desk.ask(replace(ADA, tenant_id=tenants.ours)).how == TENANT_CREATED


def test_of_two_tenants_that_wait_none_is_guessed(desk: SetupDeps, tenants: TwoTenants) -> None:
    for each in tenants:
        person(desk.database, each)
    assert desk.ask().how == TENANT_CREATED


def test_a_tenant_with_another_company_keeps_it_and_a_new_one_is_founded(
    desk: SetupDeps, tenants: TwoTenants
) -> None:
    company(desk.database, tenants.ours, "777")
    person(desk.database, tenants.ours, chat_name="users/1")
    founded = desk.ask(replace(ADA, tenant_id=tenants.ours))
    assert (founded.tenant, founded.how, founded.is_new) == ("Acme (12345)", TENANT_CREATED, True)
    assert founded.tenant_id not in tenants
    with desk.database.reading(founded.tenant_id) as session:
        user = session.scalars(select(User)).one()
    assert (user.role, user.display_name, user.chat_name) == ("admin", "Ada", "users/1")


def test_a_person_without_a_tenant_founds_one_named_after_the_company(desk: SetupDeps) -> None:
    founded = desk.ask()
    assert (founded.tenant, founded.how) == ("Acme", TENANT_CREATED)
    assert desk.users(founded.tenant_id) == [(ADA.email, "admin", "7")]
    assert desk.acts(founded.tenant_id) == [
        (ADA.email, "tenant.founded", "Acme"),
        (ADA.email, "user.joined", ADA.email),
    ]
    with desk.database.reading_all() as session:
        made = session.scalars(select(Tenant)).one()
    assert (made.plan, made.monthly_limit) == ("starter", None)


def test_whoever_consented_as_somebody_else_is_not_taken_for_them(desk: SetupDeps) -> None:
    founded = desk.ask(me=replace(ACME, email="ben@example.com"))
    assert desk.users(founded.tenant_id) == [(ADA.email, "admin", None)]


def test_two_companies_of_one_name_are_told_apart_by_number(desk: SetupDeps) -> None:
    add(desk.database, Tenant(name="Acme"), Tenant(name="Acme (12345)"))
    assert desk.ask().tenant == "Acme (12345), 2"


def test_a_company_without_a_name_is_named_by_its_number(desk: SetupDeps) -> None:
    assert desk.ask(me=replace(ACME, company_name="")).tenant == "Company 12345"


@pytest.mark.parametrize("status", ["company", "none"])
def test_a_tenant_that_is_being_erased_is_not_joined(
    desk: SetupDeps, tenants: TwoTenants, status: str
) -> None:
    person(desk.database, tenants.ours)
    if status == "company":
        company(desk.database, tenants.ours)
    with desk.database.writing_all() as session:
        found = session.get(Tenant, tenants.ours)
        assert found is not None
        found.status = TenantStatus.ERASING
    if status == "none":
        assert desk.ask(replace(ADA, tenant_id=tenants.ours)).how == TENANT_CREATED
    else:
        with pytest.raises(Conflict, match="being erased"):
            desk.ask()


def test_by_invitation_alone_a_stranger_founds_nothing(desk: SetupDeps, tenants: TwoTenants) -> None:
    person(desk.database, tenants.ours, role="sales_rep")
    with pytest.raises(NotAllowed) as refused:
        desk.ask(variables=BOSS)
    assert (
        refused.value.user_message
        == "Acme does not use Pipenotify yet, and new teams are by invitation here."
    )
    assert desk.tenants() == ["Acme", "Umbrella"]


def test_by_invitation_the_first_admin_founds(desk: SetupDeps) -> None:
    assert desk.ask(Requester("boss@example.com"), variables=BOSS).how == TENANT_CREATED


def test_by_invitation_the_admin_of_a_tenant_founds_another(desk: SetupDeps, tenants: TwoTenants) -> None:
    company(desk.database, tenants.ours, "777")
    person(desk.database, tenants.ours)
    assert desk.ask(variables=BOSS).how == TENANT_CREATED


def test_who_may_found_is_said_beforehand_too(desk: SetupDeps, tenants: TwoTenants, tmp_path: Path) -> None:
    person(desk.database, tenants.ours)
    with desk.database.reading_all() as session:
        told = [
            may_found(session, email, asked(tmp_path, **BOSS))
            for email in (ADA.email, "boss@example.com", "eve@example.com")
        ]
        assert may_found(session, "eve@example.com", asked(tmp_path))
    assert told == [True, True, False]
