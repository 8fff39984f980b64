"""Digests: set, changed, switched off, sent now; and the issues that are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.attention import digests
from models.attention.gathered import digest_key, send_what_came_late
from models.attention.mutes import MuteTarget
from models.attention.schedule import Schedule
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.tables import AuditEntry, Delivery, Digest, MuteScope, Role, User
from models.tables.attention import Every
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add, event, space

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EMAIL = "cleo@example.com"
HOURLY, DAILY = Schedule(Every.HOURLY), Schedule(Every.DAILY, "09:00")


@pytest.fixture
def places(database: Database, tenants: TwoTenants) -> dict[str, MuteTarget]:
    here, cleo = space(tenants.ours, "spaces/HERE"), User(tenant_id=tenants.ours, email=EMAIL)
    add(database, here, cleo)
    return {
        "here": MuteTarget(MuteScope.SPACE, space_id=here.id),
        "me": MuteTarget(MuteScope.USER, user_id=cleo.id),
    }


def acting(places: dict[str, MuteTarget], tenants: TwoTenants, role: Role = Role.ADMIN) -> Actor:
    return Actor(
        EMAIL, tenants.ours, "Acme", places["me"].user_id, role, is_certain=True, space="spaces/HERE"
    )


def gather(database: Database, tenant_id: int, digest_id: int, count: int = 2) -> None:
    usual = {"tenant_id": tenant_id, "lane": "l", "state": "digested", "gathered_for": digest_key(digest_id)}
    for number in range(count):
        about = event(tenant_id, f"e{number}")
        add(database, about)
        add(database, Delivery(**usual, event_id=about.id))


def made(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget], word: str = "here"
) -> Digest:
    with database.writing(tenants.ours) as session:
        actor = acting(places, tenants)
        return digests.set_digest(session, actor, places[word], HOURLY, "UTC", NOON)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.ADMIN, {"here", "me"}),
        (Role.MANAGER, {"here", "me"}),
        (Role.SALES_REP, {"me"}),
        (Role.VIEWER, {"me"}),
    ],
)
def test_each_role_sets_the_digests_it_may(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget], role: Role, may: set[str]
) -> None:
    actor = acting(places, tenants, role)
    for word, target in places.items():
        with database.writing(tenants.ours) as session:
            if word in may:
                digests.set_digest(session, actor, target, DAILY, "UTC", NOON)
                assert digests.send_now(session, actor, target, NOON) == 0
                assert digests.switch_off(session, actor, target, NOON)
                continue
            with pytest.raises(NotAllowed):
                digests.set_digest(session, actor, target, DAILY, "UTC", NOON)
            with pytest.raises(NotAllowed):
                digests.switch_off(session, actor, target, NOON)
            with pytest.raises(NotAllowed):
                digests.send_now(session, actor, target, NOON)


def test_a_digest_is_of_a_space_or_a_person(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    team = MuteTarget(MuteScope.TENANT)
    with database.writing(tenants.ours) as session:
        with pytest.raises(InvalidRequest, match="here or me"):
            digests.set_digest(session, acting(places, tenants), team, DAILY, "UTC", NOON)
        assert digests.open_digests(session, tenants.ours) == []


def test_setting_it_again_keeps_what_was_gathered(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    first = made(database, tenants, places)
    gather(database, tenants.ours, first.id)
    with database.writing(tenants.ours) as session:
        again = digests.set_digest(session, acting(places, tenants), places["here"], DAILY, "UTC", NOON)
        assert (again.id, again.due_at) == (first.id, datetime(2026, 11, 28, 9, tzinfo=UTC))
        assert digests.count_gathered_for(session, again) == 2
        assert digests.schedule_of(again) == DAILY


def test_sending_now_closes_the_issue_and_opens_the_next(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    first = made(database, tenants, places)
    gather(database, tenants.ours, first.id)
    with database.writing(tenants.ours) as session:
        assert digests.send_now(session, acting(places, tenants), places["here"], NOON) == 2
        (following,) = digests.open_digests(session, tenants.ours)
        assert (following.id != first.id, following.due_at) == (True, NOON + HOUR)
        assert [each.id for each in digests.due_issues(session, tenants.ours, NOON)] == [first.id]
        digests.end_issue(session, first, NOON)
        assert digests.due_issues(session, tenants.ours, NOON) == []
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions == ["digest.set", "digest.sent_now"]


def test_without_a_digest_nothing_is_sent_and_nothing_ends(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    admin = acting(places, tenants)
    with database.writing(tenants.ours) as session:
        assert not digests.switch_off(session, admin, places["me"], NOON)
        with pytest.raises(InvalidRequest, match="no digest here"):
            digests.send_now(session, admin, places["me"], NOON)


def test_an_issue_is_closed_by_one_worker_only(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    first = made(database, tenants, places)
    with database.writing(tenants.ours) as session:
        assert digests.start_next_issue(session, first, NOON + HOUR)
        assert not digests.start_next_issue(session, first, NOON + HOUR)
        assert len(digests.open_digests(session, tenants.ours)) == 1


def test_issues_are_due_at_their_time_for_their_tenant(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    first = made(database, tenants, places)
    with database.reading_all() as session:
        assert digests.tenants_with_due(session, NOON) == []
        assert digests.tenants_with_due(session, NOON + HOUR) == [tenants.ours]
    with database.reading(tenants.theirs) as session:
        assert digests.due_issues(session, tenants.theirs, NOON + HOUR) == []
    with database.reading(tenants.ours) as session:
        assert [each.id for each in digests.due_issues(session, tenants.ours, NOON + HOUR)] == [first.id]


def test_a_digest_gathers_for_its_own_place(places: dict[str, MuteTarget]) -> None:
    here = digests.OpenDigest(1, 7, None, Every.DAILY)
    mine = digests.OpenDigest(2, None, 5, Every.HOURLY)
    both = (here, mine)
    assert digests.digest_for(both, space_id=7, user_id=None) is here
    assert digests.digest_for(both, space_id=None, user_id=5) is mine
    assert digests.digest_for(both, space_id=None, user_id=None) is None
    assert digests.digest_for(both, space_id=8, user_id=6) is None
    assert (here.reason, mine.reason) == ("gathered for the daily digest", "gathered for the hourly digest")


def test_what_comes_late_joins_the_next_issue_or_is_sent(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    here, me = made(database, tenants, places), made(database, tenants, places, "me")
    with database.writing(tenants.ours) as session:
        digests.start_next_issue(session, here, NOON)
        digests.switch_off(session, acting(places, tenants), places["me"], NOON)
        (following,) = digests.open_digests(session, tenants.ours)
    rows = [
        {"state": DeliveryState.DIGESTED, "gathered_for": digest_key(each.id)}
        for each in (here, me, following)
    ]
    with database.writing_all() as session:
        send_what_came_late(session, rows)
    assert [row["state"] for row in rows] == ["digested", "pending", "digested"]
    assert [row["gathered_for"] for row in rows] == [digest_key(following.id), None, digest_key(following.id)]
