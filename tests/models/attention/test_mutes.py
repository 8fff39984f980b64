"""Mutes: which one decides, what they find waiting, and when they are closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.attention.mutes import (
    ActiveMute,
    MuteTarget,
    close_mute,
    deciding_mute,
    end_mute,
    find_open_mutes,
    holding_mutes,
    open_mutes,
    reason_of,
    skip_waiting,
    tenants_with_mutes,
    unfinished_mutes,
)
from models.database.engine import Database
from models.tables import Delivery, Mute, MuteScope, User
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, event, rule, space

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

TEAM = MuteTarget(MuteScope.TENANT)
SPACE = MuteTarget(MuteScope.SPACE, space_id=1)
PERSON = MuteTarget(MuteScope.USER, user_id=5)
RULE = MuteTarget(MuteScope.RULE, rule_id=9)
RULE_HERE = MuteTarget(MuteScope.RULE, space_id=1, rule_id=9)


def active(target: MuteTarget, until: datetime = NOON + HOUR) -> ActiveMute:
    return ActiveMute(1, target, until, "ada@acme.test")


def decided(*mutes: ActiveMute, space_id: int | None = 1, user_id: int | None = None) -> MuteTarget | None:
    found = deciding_mute(mutes, rule_id=9, space_id=space_id, user_id=user_id, at=NOON)
    return found.target if found else None


@pytest.mark.parametrize(
    ("target", "space_id", "user_id", "covered"),
    [
        (TEAM, 1, None, True),
        (TEAM, None, 5, True),
        (TEAM, None, None, True),
        (SPACE, 1, None, True),
        (SPACE, 2, None, False),
        (SPACE, None, 5, False),
        (PERSON, None, 5, True),
        (PERSON, None, 6, False),
        (PERSON, 1, None, False),
        (RULE, 1, None, True),
        (RULE, None, 5, True),
        (RULE_HERE, 1, None, True),
        (RULE_HERE, 2, None, False),
        (MuteTarget(MuteScope.RULE, rule_id=8), 1, None, False),
    ],
)
def test_a_mute_covers_what_it_names(
    target: MuteTarget, space_id: int | None, user_id: int | None, covered: bool
) -> None:
    assert target.covers(rule_id=9, space_id=space_id, user_id=user_id) is covered


def test_of_several_mutes_the_widest_decides() -> None:
    every = [active(each) for each in (RULE_HERE, RULE, SPACE, TEAM)]
    while every:
        assert decided(*every) == every[-1].target
        every.pop()


def test_only_a_mute_that_still_holds_decides() -> None:
    assert decided(active(TEAM, NOON), active(SPACE)) == SPACE
    assert decided(active(TEAM, NOON)) is None
    assert decided() is None


def test_the_reason_says_by_whom() -> None:
    assert reason_of("ada@acme.test") == "muted by ada@acme.test"
    assert reason_of("") == "muted"


def stored(database: Database, tenant_id: int, until: datetime = NOON + HOUR, **columns: Any) -> Mute:
    usual: dict[str, Any] = {"scope": MuteScope.TENANT, "muted_by": "ada@acme.test"}
    made = Mute(tenant_id=tenant_id, until=until, **{**usual, **columns})
    add(database, made)
    return made


def test_a_mute_is_open_until_it_is_closed_and_unfinished_until_it_has_ended(
    database: Database, tenants: TwoTenants
) -> None:
    made = stored(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        assert [each.id for each in holding_mutes(session, tenants.ours, NOON)] == [made.id]
        assert not close_mute(session, made, NOON), "it still holds"
        assert close_mute(session, made, NOON + HOUR)
        assert close_mute(session, made, NOON + HOUR), "a repeat changes nothing"
        assert open_mutes(session, tenants.ours) == []
        assert [each.id for each in unfinished_mutes(session, tenants.ours)] == [made.id]
        end_mute(session, made, NOON + HOUR)
    with database.reading_all() as session:
        assert unfinished_mutes(session, tenants.ours) == []
        assert tenants_with_mutes(session) == []


def test_each_tenant_has_its_own_mutes(database: Database, tenants: TwoTenants) -> None:
    made = stored(database, tenants.ours)
    with database.reading(tenants.theirs) as session:
        assert holding_mutes(session, tenants.theirs, NOON) == []
        assert find_open_mutes(session, tenants.theirs, TEAM) == []
    with database.reading_all() as session:
        assert [each.id for each in find_open_mutes(session, tenants.ours, TEAM)] == [made.id]
        assert tenants_with_mutes(session) == [tenants.ours]


Kinds = dict[str, dict[str, Any]]


def waiting(database: Database, tenant_id: int) -> tuple[dict[str, int], dict[str, int]]:
    """One delivery of each kind; return their ids, and those of what a mute may name."""
    here, person = space(tenant_id, f"spaces/{tenant_id}"), User(tenant_id=tenant_id, email="ada@example.com")
    add(database, here, person)
    to = destination(tenant_id, "There", kind="chat_space", space_id=here.id, lane="l")
    dm, by = destination(tenant_id, "ada@example.com"), rule(tenant_id)
    add(database, to, dm, by)
    usual = {"tenant_id": tenant_id, "destination_id": to.id, "lane": "l", "next_attempt_at": NOON}
    kinds: Kinds = {
        "pending": {"rule_id": by.id},
        "held": {"state": "held"},
        "to a person": {"destination_id": dm.id},
        "attempted": {"message_key": "client-1"},
        "sent": {"state": "delivered"},
        "test": {"is_test": True},
        "leaves later": {"state": "held", "next_attempt_at": NOON + 2 * HOUR},
    }
    made = {}
    for number, (kind, own) in enumerate(kinds.items()):
        about = event(tenant_id, f"e{number}")
        add(database, about)
        made[kind] = Delivery(**(usual | {"event_id": about.id} | own))
    made["notice"] = Delivery(**usual, notice={"title": "x"})
    add(database, *made.values())
    return {kind: row.id for kind, row in made.items()}, {"here": here.id, "ada": person.id, "wins": by.id}


@pytest.mark.parametrize(
    ("named", "kinds"),
    [
        ({"scope": "tenant"}, ["pending", "held", "to a person"]),
        ({"scope": "space", "space_id": "here"}, ["pending", "held"]),
        ({"scope": "user", "user_id": "ada"}, ["to a person"]),
        ({"scope": "rule", "rule_id": "wins"}, ["pending"]),
        ({"scope": "rule", "rule_id": "wins", "user_id": "ada"}, []),
    ],
)
def test_what_waits_when_a_mute_begins_is_skipped(
    database: Database, tenants: TwoTenants, named: dict[str, str], kinds: list[str]
) -> None:
    made, ids = waiting(database, tenants.ours)
    others, _ = waiting(database, tenants.theirs)
    columns: dict[str, Any] = {key: ids.get(value, value) for key, value in named.items()}
    mute = stored(database, tenants.ours, **columns)

    with database.writing(tenants.ours) as session:
        assert skip_waiting(session, mute, NOON) == len(kinds)
        assert skip_waiting(session, mute, NOON) == 0

    with database.reading_all() as session:
        rows = {row.id: row for row in session.scalars(select(Delivery))}
    skipped = [kind for kind, row_id in made.items() if rows[row_id].state == DeliveryState.SKIPPED]
    assert skipped == kinds
    for kind in kinds:
        row = rows[made[kind]]
        assert (row.reason, row.gathered_for, row.finished_at) == (
            "muted by ada@acme.test",
            f"mute-{mute.id}",
            NOON,
        )
    assert all(rows[row_id].gathered_for is None for row_id in others.values())
