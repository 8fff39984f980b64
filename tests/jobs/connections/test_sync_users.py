"""Users and names are read once a day; personal authorisations do not expire unused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from jobs.connections.sync_users import UserSync
from jobs.names.sources import QUESTIONS
from jobs.to_pipedrive.api import PipedriveApi
from models.clock import now
from models.connections import checks
from models.connections.problems import PARTIAL
from models.connections.restricted_share import CONNECTED
from models.database.engine import Database
from models.errors import TemporaryFailure
from models.security.vault import associated_data
from models.tables import PersonalConnection, PipedriveUser, User
from tests.crm import kept_names
from tests.jobs.caring import Household
from tests.models.rows import add
from web.playground.faults import Fault
from web.playground.pipedrive.store import ApiUser


@pytest.fixture
def home(household: Household) -> Household:
    household.connect()
    return household


def check(home: Household) -> None:
    check = home.claim()
    try:
        UserSync(home.database, home.pipedrive).check(check)
    finally:
        with home.database.writing(home.tenant_id) as session:
            checks.finish_check(checks.lock_row(session, check), check, now(), failed=False)


def pipedrive_users(home: Household) -> dict[str, PipedriveUser]:
    return {row.pipedrive_id: row for row in home.all_of(PipedriveUser)}


def forget_when_read(home: Household) -> None:
    """Make the list of users a day old."""
    with home.database.writing(home.tenant_id) as session:
        for row in session.scalars(select(PipedriveUser).where(PipedriveUser.tenant_id == home.tenant_id)):
            row.seen_at = now() - timedelta(hours=21)


def test_users_and_names_are_read_and_people_matched(home: Household, theirs: int) -> None:
    email = home.crm.store.get("user", 1)["email"]
    for tenant_id in (home.tenant_id, theirs):
        add(home.database, User(tenant_id=tenant_id, email=email))
    check(home)

    assert pipedrive_users(home)["1"].email == email
    assert {row.tenant_id for row in pipedrive_users(home).values()} == {home.tenant_id}
    people = {person.tenant_id: person.pipedrive_user_id for person in home.all_of(User)}
    assert people == {home.tenant_id: "1", theirs: None}
    names = kept_names(home.database, home.tenant_id)
    assert {"user", "stage", "pipeline", "deal_field"} <= {kind for kind, _ in names}
    assert kept_names(home.database, theirs) == {}


def test_lists_are_read_once_a_day_and_each_once(home: Household) -> None:
    home.change(restricted_notices=[CONNECTED])  # else the share is measured, too
    check(home)
    assert home.asked("GET", "/v1/users") == 1
    whole = [question for question in QUESTIONS if not question.by_id]
    assert sum(one[0] == "GET" for one in home.crm.requests) == len(whole)
    check(home)
    assert home.asked("GET", "/v1/users") == 1

    forget_when_read(home)
    home.crm.store.change("user", 1, {"name": "Ada Byron"}, ApiUser(1))
    check(home)
    assert kept_names(home.database, home.tenant_id).text("user", 1) == "Ada Byron"
    assert pipedrive_users(home)["1"].name == "Ada Byron"


def test_a_list_that_may_not_be_read_hinders_no_other(home: Household) -> None:
    for where in ("/dealFields", "/projectFields"):
        home.crm.faults.order(Fault(where=where, status=403))
    check(home)

    assert pipedrive_users(home)


def test_a_round_that_was_cut_short_is_begun_again(home: Household) -> None:
    home.crm.faults.order(Fault(where="/v1/users", status=503, times=5))
    with pytest.raises(TemporaryFailure):
        check(home)
    assert pipedrive_users(home) == {}
    home.crm.faults.clear()
    check(home)

    assert pipedrive_users(home)


def test_who_is_no_admin_any_more_is_noticed_and_told_once(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = User(tenant_id=home.tenant_id, email="a@x.test", role="admin", chat_name="users/1")
    add(home.database, admin)
    users = [{"id": 1, "name": "Ada", "email": "ada@x.test", "active_flag": True, "access": []}]
    monkeypatch.setattr(PipedriveApi, "users", lambda _: users)
    check(home)
    assert home.row().is_admin is False
    assert home.told() == [PARTIAL.title]

    forget_when_read(home)
    check(home)
    assert home.told() == [PARTIAL.title]


def personal(home: Household, tenant_id: int, days: int, token: str = "") -> int:
    """A user of a tenant with a personal connection, unused for so many days; returns the id."""
    person = User(tenant_id=tenant_id, email=f"p{days}@x.test")
    add(home.database, person)
    token = token or home.crm.oauth.grant(2)["refresh_token"]
    closed = home.vault.close(
        token, associated_data(tenant_id, "personal_connections", "refresh_token", person.id)
    )
    add(
        home.database,
        PersonalConnection(
            tenant_id=tenant_id,
            user_id=person.id,
            pipedrive_user_id="2",
            refresh_token=closed,
            refreshed_at=now() - timedelta(days=days),
        ),
    )
    return person.id


def test_an_authorisation_that_a_person_seldom_uses_is_used_in_time(
    home: Household, database: Database, theirs: int
) -> None:
    old = personal(home, home.tenant_id, 46)
    others = {personal(home, home.tenant_id, 44), personal(home, theirs, 47)}
    check(home)

    with database.reading_all() as session:
        rows = session.scalars(select(PersonalConnection)).all()
    used = {row.user_id for row in rows if row.refreshed_at and row.refreshed_at > now() - timedelta(days=1)}
    assert used == {old}
    assert not used & others


def test_an_authorisation_that_a_person_took_back_hinders_nothing(home: Household) -> None:
    personal(home, home.tenant_id, 46, "2:taken-back")
    check(home)

    assert pipedrive_users(home)
    assert [row.state for row in home.all_of(PersonalConnection)] == ["needs_reauth"]
