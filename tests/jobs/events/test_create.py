"""New deliveries are leased at once where nothing is before them in their lane; else they wait their turn."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from jobs.events.create import NewDeliveries, create_leased, create_pending
from models.database.engine import Database
from models.deliveries import lanes
from models.tables import Delivery, Lane
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.deliveries.test_lanes import UNTIL

LANE = "spaces/AAAA"
SECOND = timedelta(seconds=1)


def row(tenant_id: int, lane: str = LANE, **more: Any) -> dict[str, Any]:
    usual = {"tenant_id": tenant_id, "lane": lane, "state": "pending", "request_id": uuid.uuid4().hex}
    usual |= {"event_id": None, "rule_id": None, "destination_id": None}
    return usual | {"next_attempt_at": NOON, "created_at": NOON} | more


def create(
    database: Database, *rows: dict[str, Any], most: int = 50, after: int = 0, bulk: tuple[int, ...] = ()
) -> list[tuple[int, str, int]]:
    """Create deliveries, and return the lanes that were leased: tenant, name, how many are due there."""
    with database.writing_all() as session:
        leased = create_leased(session, "token", NOON, most, after, new=NewDeliveries(rows, bulk))
        for lane in leased:
            head = session.get_one(Delivery, (lane.tenant_id, lane.head_id))
            assert (head.state, head.lease_token, head.lease_until) == ("sending", "token", UNTIL)
            assert head.message_key == f"client-{head.request_id}"
            assert (head.tenant_id, head.lane) == (lane.tenant_id, lane.lane)
    return sorted((lane.tenant_id, lane.lane, lane.due) for lane in leased)


def lane_of(database: Database, tenant_id: int, lane: str = LANE) -> Lane:
    with database.reading(tenant_id) as session:
        return session.get_one(Lane, (tenant_id, lane))


def set_lane(database: Database, tenant_id: int, lane: str = LANE, **values: Any) -> None:
    with database.writing(tenant_id) as session:
        session.merge(Lane(tenant_id=tenant_id, lane=lane, **values))


def states(database: Database, tenant_id: int) -> list[str]:
    with database.reading(tenant_id) as session:
        found = session.query(Delivery).filter_by(tenant_id=tenant_id).order_by(Delivery.id)
        return [each.state for each in found]


def test_the_first_of_a_free_lane_is_leased_and_the_next_ones_wait(
    database: Database, tenants: TwoTenants
) -> None:
    found = create(database, row(tenants.ours), row(tenants.ours), row(tenants.theirs, "spaces/BBBB"))

    assert found == [(tenants.ours, LANE, 2), (tenants.theirs, "spaces/BBBB", 1)]
    assert states(database, tenants.ours) == ["sending", "pending"]
    lane = lane_of(database, tenants.ours)
    assert (lane.lease_token, lane.lease_until, lane.due_at) == ("token", UNTIL, NOON)


@pytest.mark.parametrize(
    "values",
    [
        {"due_at": NOON - SECOND},
        {"due_at": NOON + timedelta(hours=1)},
        {"lease_token": "another", "lease_until": NOON + SECOND},
        {"free_at": NOON + SECOND},
        {"folded_at": NOON - SECOND},
    ],
    ids=["owes something", "holds something", "is written", "rests", "gathers a burst"],
)
def test_a_lane_that_is_not_free_is_made_due(
    database: Database, tenants: TwoTenants, values: dict[str, Any]
) -> None:
    set_lane(database, tenants.ours, **values)

    assert create(database, row(tenants.ours)) == []

    lane = lane_of(database, tenants.ours)
    assert (lane.lease_token, lane.due_at) == (
        values.get("lease_token"),
        min(NOON, values.get("due_at", NOON)),
    )
    assert states(database, tenants.ours) == ["pending"]


def test_a_lane_that_was_written_long_ago_is_leased_again(database: Database, tenants: TwoTenants) -> None:
    hour, past = timedelta(hours=1), NOON - SECOND
    set_lane(database, tenants.ours, free_at=past, lease_until=past, lease_token="old")
    set_lane(database, tenants.ours, backoff=2, contention=3, folded_at=NOON - hour)

    with database.writing_all() as session:
        new = NewDeliveries([row(tenants.ours)])
        (lane,) = create_leased(session, "token", NOON, 50, 0, new=new)

    assert (lane.backoff, lane.contention, lane.folded_at) == (2, 3, NOON - hour)


@pytest.mark.parametrize(
    ("count", "more"),
    [(4, {}), (1, {"state": "held", "next_attempt_at": NOON + SECOND}), (1, {"state": "skipped"})],
    ids=["a burst", "held", "skipped"],
)
def test_what_does_not_go_one_by_one_now_is_not_leased(
    database: Database, tenants: TwoTenants, count: int, more: dict[str, Any]
) -> None:
    assert create(database, *(row(tenants.ours, **more) for _ in range(count))) == []
    assert set(states(database, tenants.ours)) == {more.get("state", "pending")}


def test_a_bulk_edit_is_left_to_be_coalesced(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        new = NewDeliveries([row(tenants.ours)], bulk_events=[None])  # type: ignore[list-item]
        assert create_leased(session, "token", NOON, 50, 0, new=new) == []


def test_tenants_have_their_turn_when_there_is_room_for_few(database: Database, tenants: TwoTenants) -> None:
    ours = [row(tenants.ours, f"spaces/{number}") for number in range(3)]

    assert create(database, *ours, row(tenants.theirs), most=2) == [
        (tenants.ours, "spaces/0", 1),
        (tenants.theirs, LANE, 1),
    ]


def test_the_tenant_served_last_comes_last(database: Database, tenants: TwoTenants) -> None:
    rows = row(tenants.ours, "spaces/A"), row(tenants.theirs, "spaces/B")

    assert create(database, *rows, most=1, after=tenants.ours) == [(tenants.theirs, "spaces/B", 1)]


def test_without_room_all_is_made_due(database: Database, tenants: TwoTenants) -> None:
    assert create(database, row(tenants.ours), most=0) == []

    assert lane_of(database, tenants.ours).due_at == NOON
    assert states(database, tenants.ours) == ["pending"]


def test_pending_deliveries_make_their_lanes_due(database: Database, tenants: TwoTenants) -> None:
    new = NewDeliveries([row(tenants.ours), row(tenants.theirs, state="skipped")])
    with database.writing_all() as session:
        create_pending(session, new)
        assert lanes.count_due(session, NOON, 5) == 1
        assert lanes.count_due(session, NOON - SECOND, 5) == 0

    assert (states(database, tenants.ours), states(database, tenants.theirs)) == (["pending"], ["skipped"])


def test_two_tenants_do_not_write_one_space_at_the_same_time(database: Database, tenants: TwoTenants) -> None:
    assert create(database, row(tenants.ours), row(tenants.theirs)) == [(tenants.ours, LANE, 1)]

    assert lane_of(database, tenants.theirs).lease_token is None


def test_a_space_that_another_tenant_writes_waits(database: Database, tenants: TwoTenants) -> None:
    set_lane(database, tenants.theirs, lease_token="another", lease_until=NOON + SECOND, is_shared=True)
    set_lane(database, tenants.ours, is_shared=True)

    assert create(database, row(tenants.ours)) == []
