"""People are matched by a verified e-mail or by hand, never across tenants, and get no access by it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from models.clock import now
from models.connections import people
from models.connections.visibility import active_users, restriction
from models.database.engine import Database
from models.errors import NotFound
from models.tables import PersonalConnection, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.models.rows import add

AT = now()


def item(number: int, email: str, **more: Any) -> dict[str, Any]:
    """A user as `GET /v1/users` lists one."""
    return {"id": number, "name": f"User {number}", "email": email, "active_flag": True} | more


def keep(database: Database, tenant_id: int, *items: dict[str, Any]) -> None:
    with database.writing(tenant_id) as session:
        people.save_users(session, tenant_id, people.seen_users(items), AT)
        people.match(session, tenant_id)


def person(database: Database, tenant_id: int, email: str = "ada@example.com") -> int:
    row = User(tenant_id=tenant_id, email=email)
    add(database, row)
    return row.id


def matches(database: Database, tenant_id: int) -> dict[str, str | None]:
    with database.reading(tenant_id) as session:
        rows = session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.email))
        return {row.email: row.pipedrive_user_id for row in rows}


def by_hand(database: Database, tenant_id: int, user_id: int, pipedrive_id: str | None) -> None:
    with database.writing(tenant_id) as session:
        people.match_manually(session, tenant_id, user_id, pipedrive_id)


@pytest.mark.parametrize(
    ("more", "is_active", "is_admin"),
    [
        ({}, True, False),
        ({"active_flag": False}, False, False),
        ({"is_deleted": True}, False, False),
        ({"is_admin": 1}, True, True),
        ({"access": [{"app": "sales", "admin": True}]}, True, True),
        ({"access": [{"app": "campaigns", "admin": True}, "odd"]}, True, False),
        ({"access": None, "name": None}, True, False),
    ],
    ids=["plain", "inactive", "deleted", "admin", "sales-admin", "other-admin", "odd"],
)
def test_users_are_read_from_pipedrives_list(more: dict[str, Any], is_active: bool, is_admin: bool) -> None:
    (found,) = people.seen_users([item(7, " Ada@Example.COM ", **more), {"id": None}, {"name": "x"}])

    assert (found.id, found.email) == ("7", "ada@example.com")
    assert (found.is_active, found.is_admin) == (is_active, is_admin)


def test_the_list_is_kept_and_who_is_not_on_it_any_more_is_inactive(
    database: Database, tenants: TwoTenants
) -> None:
    keep(database, tenants.theirs, item(1, "ada@example.com"))
    keep(database, tenants.ours, item(1, "ada@example.com"), item(2, "ben@example.com"))
    keep(database, tenants.ours, item(1, "ada@new.example.com", name="Ada"))

    with database.reading(tenants.ours) as session:
        mine = select(PipedriveUser).where(PipedriveUser.tenant_id == tenants.ours)
        rows = session.scalars(mine.order_by(PipedriveUser.pipedrive_id)).all()
        assert people.seen_at(session, tenants.ours) == AT
    assert [(row.pipedrive_id, row.name, row.email, row.is_active) for row in rows] == [
        ("1", "Ada", "ada@new.example.com", True),
        ("2", "User 2", "ben@example.com", False),
    ]


def test_a_person_is_matched_by_the_whole_e_mail_in_their_own_tenant(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        person(database, tenant_id)
    person(database, tenants.ours, "ben@example.com")
    keep(database, tenants.ours, item(7, "ADA@example.com"), item(8, "ben@example.com.evil.test"))

    assert matches(database, tenants.ours) == {"ada@example.com": "7", "ben@example.com": None}
    assert matches(database, tenants.theirs) == {"ada@example.com": None}
    with database.reading(tenants.ours) as session:
        assert [each.email for each in people.unmatched(session, tenants.ours)] == ["ben@example.com"]


def test_nobody_becomes_a_person_because_of_an_e_mail_in_pipedrive(
    database: Database, tenants: TwoTenants
) -> None:
    keep(database, tenants.ours, item(7, "stranger@example.com"))

    with database.reading_all() as session:
        assert session.scalar(select(func.count(User.id))) == 0


@pytest.mark.parametrize(
    "then",
    [
        [item(7, "ada@example.com", active_flag=False)],
        [item(7, "other@example.com")],
        [item(7, "ada@example.com"), item(8, "Ada@example.com")],
    ],
    ids=["inactive", "another-e-mail", "two-of-one-e-mail"],
)
def test_a_match_ends_when_it_no_longer_holds(
    database: Database, tenants: TwoTenants, then: list[dict[str, Any]]
) -> None:
    person(database, tenants.ours)
    keep(database, tenants.ours, item(7, "ada@example.com"))
    keep(database, tenants.ours, *then)

    assert matches(database, tenants.ours) == {"ada@example.com": None}


def test_before_the_list_was_read_nothing_is_undone(database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email="ada@example.com", pipedrive_user_id="7"))
    with database.writing(tenants.ours) as session:
        people.match(session, tenants.ours)

    assert matches(database, tenants.ours) == {"ada@example.com": "7"}


def test_what_was_set_by_hand_stays_until_the_e_mail_may_decide_again(
    database: Database, tenants: TwoTenants
) -> None:
    ada = person(database, tenants.ours)
    users = item(7, "ada@example.com"), item(8, "sales@example.com")
    keep(database, tenants.ours, *users)

    by_hand(database, tenants.ours, ada, "8")
    keep(database, tenants.ours, *users)
    assert matches(database, tenants.ours) == {"ada@example.com": "8"}

    by_hand(database, tenants.ours, ada, "")
    keep(database, tenants.ours, *users)
    assert matches(database, tenants.ours) == {"ada@example.com": None}
    with database.reading(tenants.ours) as session:
        assert people.unmatched(session, tenants.ours) == []

    by_hand(database, tenants.ours, ada, None)
    assert matches(database, tenants.ours) == {"ada@example.com": "7"}


def test_people_and_users_of_another_tenant_cannot_be_matched(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = person(database, tenants.ours), person(database, tenants.theirs)
    keep(database, tenants.theirs, item(9, "eve@example.com"))

    with pytest.raises(NotFound):
        by_hand(database, tenants.ours, theirs, None)
    for nobody in ("9", "9\0", "half \ud83d", "9" * 100):
        with pytest.raises(NotFound):
            by_hand(database, tenants.ours, ours, nobody)


def test_a_user_whom_the_list_names_twice_is_one(database: Database, tenants: TwoTenants) -> None:
    keep(database, tenants.ours, item(7, "old@example.com"), item(7, "ada@example.com"))

    with database.reading(tenants.ours) as session:
        emails = session.scalars(select(PipedriveUser.email).where(PipedriveUser.tenant_id == tenants.ours))
        assert emails.all() == ["ada@example.com"]


def test_an_empty_list_opens_nothing_that_is_restricted(database: Database, tenants: TwoTenants) -> None:
    keep(database, tenants.ours, item(7, "ada@example.com"), item(8, "ben@example.com"))
    keep(database, tenants.ours)

    with database.reading(tenants.ours) as session:
        users = active_users(session, tenants.ours)
    assert restriction(frozenset({"7"}), users) == "1 of 2 people may see it in Pipedrive"


@pytest.mark.parametrize(
    ("state", "then", "match"),
    [
        ("connected", {}, "7"),
        ("connected", {"active_flag": False}, None),
        ("needs_reauth", {}, None),
    ],
    ids=["stands", "no-user-any-more", "over"],
)
def test_whoever_connected_as_themselves_is_who_they_proved_to_be(
    state: str, then: dict[str, Any], match: str | None, database: Database, tenants: TwoTenants
) -> None:
    user_id = person(database, tenants.ours)
    own = {"pipedrive_user_id": "7", "state": state}
    add(database, PersonalConnection(tenant_id=tenants.ours, user_id=user_id, **own))
    keep(database, tenants.ours, item(7, "ada@elsewhere.test", **then), item(8, "ben@example.com"))

    assert matches(database, tenants.ours) == {"ada@example.com": match}


def test_who_comes_and_who_leaves_is_known_before_the_next_list(
    database: Database, tenants: TwoTenants
) -> None:
    ada = "ada@example.com"
    for tenant_id in tenants:
        person(database, tenant_id, ada)
        keep(database, tenant_id, item(1, "grace@example.com"))
    with database.writing(tenants.ours) as session:
        people.save_user(session, tenants.ours, item(7, ada), is_gone=False)
    assert matches(database, tenants.ours) == {ada: "7"}
    assert matches(database, tenants.theirs) == {ada: None}

    with database.writing(tenants.ours) as session:
        people.save_user(session, tenants.ours, {"id": "7"}, is_gone=True)
    assert matches(database, tenants.ours) == {ada: None}
    with database.reading(tenants.ours) as session:
        assert active_users(session, tenants.ours) == {"1"}


def test_one_user_alone_is_no_list_to_judge_by(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        people.save_user(session, tenants.ours, item(7, "ada@example.com"), is_gone=False)
        assert active_users(session, tenants.ours) == frozenset()
