"""Lanes: which worker writes where, what is sent first, and fairness between tenants."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.database.engine import Database
from models.deliveries import lanes as lane_rows
from models.deliveries import store as delivery_store
from models.tables import Delivery, Lane
from tests.conftest import TwoTenants
from tests.engine import NOON

UNTIL = NOON + timedelta(seconds=30)


def _create_deliveries(
    database: Database, tenant_id: int, lane: str, at: datetime = NOON, **more: Any
) -> None:
    row = {"tenant_id": tenant_id, "lane": lane, "next_attempt_at": at, "created_at": at, "state": "pending"}
    row |= {"request_id": uuid.uuid4().hex, "event_id": None, "rule_id": None, "destination_id": None}
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, [row | more])
        lane_rows.mark_due(session, [(tenant_id, lane, at)])


def _claim(database: Database, token: str, limit: int = 48, at: datetime = NOON) -> list[tuple[int, str]]:
    with database.writing_all() as session:
        lanes = lane_rows.claim(session, token, at, at + timedelta(seconds=30), limit)
    return [(each.tenant_id, each.lane) for each in lanes]


def test_single_writes_go_to_the_tenants_in_turn(database: Database, tenants: TwoTenants) -> None:
    for number in range(5):
        _create_deliveries(database, tenants.ours, f"spaces/{number}", NOON - timedelta(hours=1))
    _create_deliveries(database, tenants.theirs, "spaces/single")
    served = [0]
    for number in range(2):
        with database.writing_all() as session:
            (lane,) = lane_rows.claim(session, f"t{number}", NOON, UNTIL, 1, served[-1])
        served.append(lane.tenant_id)
    assert set(served[1:]) == {tenants.ours, tenants.theirs}


def _release(database: Database, tenant_id: int, lane: str, token: str, **more: Any) -> None:
    row = {"tenant_id": tenant_id, "lane": lane, "lease_token": token}
    row |= {"free_at": None, "not_before": None, "backoff": 0, "is_accepted": False}
    row |= {"contention": 0, "folded_at": None}
    with database.writing_all() as session:
        lane_rows.release(session, [row | more])


def _lane(database: Database, tenant_id: int, lane: str) -> Lane:
    with database.reading(tenant_id) as session:
        return session.get_one(Lane, (tenant_id, lane))


def test_the_single_card_of_another_goes_in_the_first_claim(database: Database, tenants: TwoTenants) -> None:
    rows = [
        {
            "tenant_id": tenants.ours,
            "lane": f"spaces/{number % 500}",
            "next_attempt_at": NOON,
            "state": "pending",
        }
        | {"request_id": uuid.uuid4().hex, "created_at": NOON}
        | {"event_id": None, "rule_id": None, "destination_id": None}
        for number in range(2000)
    ]
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, rows)
        lane_rows.mark_due(session, [(tenants.ours, str(row["lane"]), NOON) for row in rows])
    _create_deliveries(database, tenants.theirs, "spaces/single", NOON + timedelta(seconds=1))

    claimed = _claim(database, "a", at=NOON + timedelta(seconds=2))

    assert (tenants.theirs, "spaces/single") in claimed
    assert len(claimed) == 48


def test_a_lane_has_one_holder_until_its_lease_is_over(database: Database, tenants: TwoTenants) -> None:
    _create_deliveries(database, tenants.ours, "spaces/a")

    assert _claim(database, "a") == [(tenants.ours, "spaces/a")]
    assert _claim(database, "b") == []
    assert _claim(database, "b", at=UNTIL) == [(tenants.ours, "spaces/a")]


def test_a_lane_that_was_chosen_and_written_meanwhile_rests_first(
    database: Database, tenants: TwoTenants
) -> None:
    chosen, free = [(tenants.ours, "spaces/a")], NOON + timedelta(seconds=1)
    _create_deliveries(database, tenants.ours, "spaces/a", NOON - timedelta(seconds=9))
    assert _claim(database, "another") == chosen
    _release(database, tenants.ours, "spaces/a", "another", free_at=free, not_before=free)

    with database.writing_all() as session:
        assert lane_rows.claim_chosen(session, "a", NOON, UNTIL, chosen) == []
        (lane,) = lane_rows.claim_chosen(session, "a", free, UNTIL, chosen)
    assert (lane.tenant_id, lane.lane) == chosen[0]


def test_of_those_that_failed_lately_the_oldest_is_first_whichever_failed_first(
    database: Database, tenants: TwoTenants
) -> None:
    """An urgent one goes before older ones, and may have failed before they did."""
    second = timedelta(seconds=1)
    for number, failed in ((1, NOON - second), (2, NOON - 5 * second), (3, None)):
        later = NOON if failed is None else NOON + 9 * second
        create = {"request_id": f"r{number}", "waiting_since": failed, "next_attempt_at": later}
        _create_deliveries(database, tenants.ours, "spaces/A", NOON, **create)

    with database.writing_all() as session:
        (lane,) = lane_rows.claim(session, "token", NOON, UNTIL, 5)
        head = session.get_one(Delivery, (tenants.ours, lane.head_id))

    assert head.request_id == "r1"


def test_only_the_holder_releases(database: Database, tenants: TwoTenants) -> None:
    _create_deliveries(database, tenants.ours, "spaces/a")
    _claim(database, "a")

    _release(database, tenants.ours, "spaces/a", "b")

    assert _lane(database, tenants.ours, "spaces/a").lease_token == "a"


def test_a_released_lane_is_due_when_its_next_delivery_is(database: Database, tenants: TwoTenants) -> None:
    later, free = NOON + timedelta(seconds=9), NOON + timedelta(seconds=1)
    _create_deliveries(database, tenants.ours, "spaces/a", later)
    with database.writing_all() as session:
        lane_rows.mark_due(session, [(tenants.ours, "spaces/a", NOON)])
    _claim(database, "a")
    _release(database, tenants.ours, "spaces/a", "a", free_at=free, not_before=free)

    lane = _lane(database, tenants.ours, "spaces/a")
    assert (lane.due_at, lane.free_at, lane.lease_until) == (later, free, None)


def test_a_space_written_by_one_tenant_rests_for_all(database: Database, tenants: TwoTenants) -> None:
    for tenant_id in tenants:
        _create_deliveries(database, tenant_id, "spaces/a")
    ((first, _),) = _claim(database, "a")
    assert _claim(database, "b") == []
    free = NOON + timedelta(seconds=1)
    _release(database, first, "spaces/a", "a", free_at=free, not_before=free)

    other = next(each for each in tenants if each != first)
    assert _lane(database, other, "spaces/a").free_at == free
    assert _claim(database, "b", at=free - timedelta(microseconds=1)) == []
    assert len(_claim(database, "b", at=free)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-100, 100), min_size=1, max_size=6))
def test_a_lane_is_due_at_the_earliest_time_that_was_marked(
    database: Database, tenants: TwoTenants, seconds: list[int]
) -> None:
    lane = f"spaces/{uuid.uuid4().hex}"
    for each in seconds:
        with database.writing_all() as session:
            lane_rows.mark_due(session, [(tenants.ours, lane, NOON + timedelta(seconds=each))])

    assert _lane(database, tenants.ours, lane).due_at == NOON + timedelta(seconds=min(seconds))


def test_a_lane_that_lost_its_due_time_is_healed(database: Database, tenants: TwoTenants) -> None:
    _create_deliveries(database, tenants.ours, "spaces/a")
    with database.writing_all() as session:
        session.get_one(Lane, (tenants.ours, "spaces/a")).due_at = None
    assert _claim(database, "a") == []

    with database.writing_all() as session:
        assert lane_rows.heal(session) == 1

    assert len(_claim(database, "a")) == 1


def test_the_next_due_time_knows_rest_and_lease(database: Database, tenants: TwoTenants) -> None:
    def next_due() -> datetime | None:
        with database.reading_all() as session:
            return lane_rows.next_due(session)

    assert next_due() is None
    _create_deliveries(database, tenants.ours, "spaces/a")
    assert next_due() == NOON
    _claim(database, "a")
    assert next_due() == UNTIL
