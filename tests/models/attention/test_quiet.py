"""Quiet hours set from Chat: by whom, where, and what they hold."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.attention import quiet
from models.attention.mutes import MuteTarget
from models.attention.window_words import NewWindow
from models.database.engine import Database
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest, NotAllowed
from models.rules.ruleset import read_ruleset
from models.tables import AuditEntry, Delivery, Destination, MuteScope, QuietHours, Role, Space, User
from models.tables.deliveries import QUIET
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, space

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
NIGHT, LUNCH = NewWindow("19:00", "08:00", DAYS[:5]), NewWindow("12:00", "13:00", DAYS)
EMAIL = "cleo@example.com"
TEAM = MuteTarget(MuteScope.TENANT)


@pytest.fixture
def places(database: Database, tenants: TwoTenants) -> dict[str, MuteTarget]:
    here, cleo = space(tenants.ours, "spaces/HERE"), User(tenant_id=tenants.ours, email=EMAIL)
    ada = User(tenant_id=tenants.ours, email="ada@example.com")
    add(database, here, cleo, ada)
    return {
        "team": TEAM,
        "here": MuteTarget(MuteScope.SPACE, space_id=here.id),
        "me": MuteTarget(MuteScope.USER, user_id=cleo.id),
        "somebody else": MuteTarget(MuteScope.USER, user_id=ada.id),
    }


def acting(places: dict[str, MuteTarget], tenants: TwoTenants, role: Role | None = Role.ADMIN) -> Actor:
    user_id = places["me"].user_id if role is not None else None
    return Actor(EMAIL, tenants.ours, "Acme", user_id, role, is_certain=True, space="spaces/HERE")


MAY = {
    Role.ADMIN: {"team", "here", "me"},
    Role.MANAGER: {"team", "here", "me"},
    Role.SALES_REP: {"me"},
    Role.ANALYST: {"me"},
    Role.VIEWER: {"me"},
    None: set(),
}


@pytest.mark.parametrize("role", MAY)
def test_each_role_sets_quiet_hours_where_the_contract_says(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget], role: Role | None
) -> None:
    actor = acting(places, tenants, role)
    for word, target in places.items():
        with database.writing(tenants.ours) as session:
            assert quiet.may_change(actor, target) is (word in MAY[role])
            if word in MAY[role]:
                assert quiet.set_quiet_hours(session, actor, target, [NIGHT], "UTC")
                assert quiet.let_urgent_through(session, actor, target, on=False)
                assert quiet.send_held_now(session, actor, target, NOON) == 0
                assert quiet.remove_quiet_hours(session, actor, target) == 1
                continue
            for attempt in (
                lambda: quiet.set_quiet_hours(session, actor, target, [NIGHT], "UTC"),  # noqa: B023
                lambda: quiet.let_urgent_through(session, actor, target, on=False),  # noqa: B023
                lambda: quiet.remove_quiet_hours(session, actor, target),  # noqa: B023
                lambda: quiet.send_held_now(session, actor, target, NOON),  # noqa: B023
            ):
                with pytest.raises(NotAllowed):
                    attempt()


def test_setting_replaces_the_windows_of_that_place_alone(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    admin = acting(places, tenants)
    with database.writing(tenants.ours) as session:
        quiet.set_quiet_hours(session, admin, TEAM, [NIGHT], "UTC")
        quiet.set_quiet_hours(session, admin, places["here"], [NIGHT], "UTC")
        quiet.set_quiet_hours(session, admin, places["here"], [NIGHT, LUNCH], "Europe/Prague")
        here = quiet.windows_of(session, tenants.ours, places["here"])
        team = quiet.windows_of(session, tenants.ours, TEAM)
    assert [(each.starts, each.ends, each.days, each.timezone) for each in here] == [
        ("19:00", "08:00", list(DAYS[:5]), "Europe/Prague"),
        ("12:00", "13:00", list(DAYS), "Europe/Prague"),
    ]
    assert all(each.lets_urgent_through for each in (*here, *team))
    assert len(team) == 1


def test_a_window_that_is_switched_off_counts_as_absent(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    admin = acting(places, tenants)
    kept = {"starts": "19:00", "ends": "08:00", "days": ["mon"], "timezone": "UTC", "is_enabled": False}
    add(database, QuietHours(tenant_id=tenants.ours, scope="tenant", **kept))
    with database.writing(tenants.ours) as session:
        assert quiet.windows_of(session, tenants.ours, TEAM) == []
        with pytest.raises(InvalidRequest, match="no quiet hours here"):
            quiet.let_urgent_through(session, admin, TEAM, on=True)
        assert quiet.remove_quiet_hours(session, admin, TEAM) == 0
        quiet.set_quiet_hours(session, admin, TEAM, [LUNCH], "UTC")
        assert len(session.scalars(select(QuietHours)).all()) == 2
        assert [each.starts for each in read_ruleset(session, tenants.ours, 1).quiet] == ["12:00"]


def test_urgent_cards_pass_until_somebody_says_otherwise(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    admin = acting(places, tenants)
    with database.writing(tenants.ours) as session:
        quiet.set_quiet_hours(session, admin, TEAM, [NIGHT, LUNCH], "UTC")
        for on in (False, True):
            changed = quiet.let_urgent_through(session, admin, TEAM, on=on)
            assert [each.lets_urgent_through for each in changed] == [on, on]
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions == ["quiet.set", "quiet.urgent", "quiet.urgent"]


def hold(database: Database, to: Destination, count: int) -> None:
    usual = {"tenant_id": to.tenant_id, "destination_id": to.id, "lane": to.lane, "state": "held"}
    rows = [
        Delivery(**usual, reason=QUIET, next_attempt_at=NOON, request_id=uuid.uuid4().hex)
        for _ in range(count)
    ]
    add(database, *rows)


def test_what_is_held_is_counted_and_sent_for_one_place(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.deliveries.held.BATCH", 2)
    admin = acting(places, tenants)
    wall = destination(tenants.ours, "Here", kind="chat_space", space_id=places["here"].space_id, lane="l")
    dm, theirs = destination(tenants.ours, EMAIL, address=EMAIL), destination(tenants.theirs, "Theirs")
    add(database, wall, dm, theirs)
    for to, count in ((wall, 3), (dm, 1), (theirs, 1)):
        hold(database, to, count)
    with database.writing(tenants.ours) as session:
        assert quiet.count_held(session, tenants.ours, places["here"]) == (3, NOON)
        assert quiet.count_held(session, tenants.ours, places["me"]) == (1, NOON)
        assert quiet.count_held(session, tenants.ours, TEAM) == (4, NOON)
        assert quiet.count_held(session, tenants.ours, places["somebody else"]) == (0, None)
        assert quiet.send_held_now(session, admin, places["here"], NOON) == 3
        assert quiet.count_held(session, tenants.ours, places["here"]) == (0, None)
        assert quiet.send_held_now(session, admin, TEAM, NOON) == 1
    with database.reading_all() as session:
        states = session.execute(select(Delivery.tenant_id, Delivery.state)).all()
    assert {tuple(each) for each in states} == {(tenants.ours, "pending"), (tenants.theirs, "held")}


def test_quiet_hours_go_with_their_space(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    with database.writing(tenants.ours) as session:
        quiet.set_quiet_hours(session, acting(places, tenants), places["here"], [NIGHT], "UTC")
        session.delete(session.scalars(select(Space)).one())
        session.flush()
        assert session.scalars(select(QuietHours)).all() == []
