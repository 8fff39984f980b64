"""Who is whose manager: set by admins, never in a circle, and gone with the people."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.accounts.queries import find_user
from models.accounts.reporting import ReportingLines, manager_of, read_lines, set_manager
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.tables import User
from tests.chat import audit_of
from tests.conftest import TwoTenants
from tests.models.rows import add

ADA, BEN, CLEO = "ada@acme.test", "ben@acme.test", "cleo@acme.test"


@pytest.fixture
def ids(database: Database, tenants: TwoTenants) -> dict[str, int]:
    for tenant_id in tenants:
        add(database, *(User(tenant_id=tenant_id, email=each) for each in (ADA, BEN, CLEO)))
    with database.reading(tenants.ours) as session:
        found = {each: find_user(session, tenants.ours, each) for each in (ADA, BEN, CLEO)}
    return {email: user.id for email, user in found.items() if user is not None}


def admin(tenants: TwoTenants, role: str = "admin") -> Actor:
    return Actor(ADA, tenants.ours, role=role, is_certain=True)


def test_a_manager_is_set_changed_and_taken_away(
    database: Database, tenants: TwoTenants, ids: dict[str, int]
) -> None:
    before = []
    for manager in (ids[BEN], ids[BEN], ids[CLEO], None):
        with database.writing(tenants.ours) as session:
            was = set_manager(session, admin(tenants), ids[ADA], manager)
            before.append(was.email if was else None)
            user = session.get_one(User, (tenants.ours, ids[ADA]))
            now = manager_of(session, user)
            assert (now.id if now else None) == manager
    assert before == [None, BEN, BEN, CLEO]
    assert len([each for each in audit_of(database, tenants.ours) if each[1] == "user.manager"]) == 3


def test_nobody_leads_themselves_nor_whom_they_report_to(
    database: Database, tenants: TwoTenants, ids: dict[str, int]
) -> None:
    with database.writing(tenants.ours) as session:
        set_manager(session, admin(tenants), ids[ADA], ids[BEN])
        set_manager(session, admin(tenants), ids[BEN], ids[CLEO])
    for user, manager in ((ADA, ADA), (BEN, ADA), (CLEO, ADA)):
        with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
            set_manager(session, admin(tenants), ids[user], ids[manager])


def test_only_who_changes_people_sets_managers_and_only_in_their_team(
    database: Database, tenants: TwoTenants, ids: dict[str, int]
) -> None:
    with database.reading(tenants.theirs) as session:
        stranger = find_user(session, tenants.theirs, BEN)
        assert stranger is not None
    for pair in ((ids[ADA], stranger.id), (stranger.id, ids[ADA])):
        with database.writing(tenants.ours) as session, pytest.raises(NotFound):
            set_manager(session, admin(tenants), *pair)
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        set_manager(session, admin(tenants, "manager"), ids[ADA], ids[BEN])
    with database.reading(tenants.theirs) as session:
        assert read_lines(session, tenants.theirs).managers == {}


def test_the_lines_of_somebody_who_goes_go_too(
    database: Database, tenants: TwoTenants, ids: dict[str, int]
) -> None:
    with database.writing(tenants.ours) as session:
        set_manager(session, admin(tenants), ids[ADA], ids[BEN])
        set_manager(session, admin(tenants), ids[BEN], ids[CLEO])
    with database.writing(tenants.ours) as session:
        session.delete(session.get_one(User, (tenants.ours, ids[BEN])))
    with database.reading(tenants.ours) as session:
        assert read_lines(session, tenants.ours).managers == {}


@pytest.mark.parametrize(
    ("user", "team"), [(1, {1, 2, 9}), (2, {1, 2, 9}), (9, {1, 2, 9}), (3, {3, 8}), (8, {3, 8}), (5, {5})]
)
def test_a_team_is_a_manager_and_who_reports_to_them(user: int, team: set[int]) -> None:
    lines = ReportingLines({1: 9, 2: 9, 3: 8})
    assert lines.team_of(user) == team
    assert user not in lines.reports_of(user)
    assert not lines.is_above(user, user)
