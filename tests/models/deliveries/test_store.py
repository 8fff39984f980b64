"""Creating, claiming, coalescing and finishing deliveries: once, leased, with ids that never change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.deliveries.claimed import ClaimedDelivery, read_heads
from models.deliveries.ending import give_up
from models.tables import Attempt, Delivery
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import count, everything

UNTIL: Final = NOON + timedelta(seconds=30)
LATER: Final = NOON + timedelta(seconds=60)


def create_deliveries(database: Database, tenant_id: int, number: int, **columns: Any) -> ClaimedDelivery:
    """Create one more delivery, and read it as its sender would."""
    usual = {
        "event_id": None,
        "rule_id": None,
        "destination_id": None,
        "lane": "spaces/A",
        "created_at": NOON,
    }
    usual |= {"request_id": f"r{number}", "state": "pending", "next_attempt_at": NOON}
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, [usual | {"tenant_id": tenant_id} | columns])
        query = select(Delivery.id).where(Delivery.request_id == f"r{number}")
        (owed,) = read_heads(session, [session.execute(query).scalar_one()])
    return owed


def claim_heads(database: Database, *heads: ClaimedDelivery, token: str = "mine") -> None:
    with database.writing_all() as session:
        delivery_store.claim_heads(session, heads, token, UNTIL)


def coalesce(database: Database, head: ClaimedDelivery, token: str = "mine") -> int:
    with database.writing_all() as session:
        return delivery_store.coalesce(session, head, token, NOON, UNTIL)


def finish(database: Database, head: ClaimedDelivery, token: str, state: str = "delivered") -> None:
    row = {
        "tenant_id": head.tenant_id,
        "message_key": f"client-{head.request_id}",
        "lease_token": token,
        "state": state,
    }
    row |= {"reason": "", "attempts": 1, "waiting_since": None, "next_attempt_at": NOON, "resent_as": ""}
    with database.writing_all() as session:
        delivery_store.finish(session, [row | {"finished_at": NOON, "message_name": "spaces/A/messages/1"}])


def kept(database: Database, head: ClaimedDelivery) -> Delivery:
    with database.reading_all() as session:
        return session.get_one(Delivery, (head.tenant_id, head.id))


def test_owing_the_same_twice_changes_nothing(database: Database, tenants: TwoTenants) -> None:
    first = everything(database, tenants.ours)
    same = {
        name: getattr(first, name) for name in ("tenant_id", "event_id", "rule_id", "destination_id", "lane")
    }
    again = {"request_id": "other", "state": "held", "next_attempt_at": LATER, "created_at": LATER}

    with database.writing_all() as session:
        delivery_store.create_deliveries(session, [same | again])
        delivery_store.create_deliveries(session, [])

    assert count(database, Delivery) == 1
    with database.reading_all() as session:
        assert session.scalars(select(Delivery.request_id)).one() == first.request_id


def test_taking_fixes_the_message_key_for_ever(database: Database, tenants: TwoTenants) -> None:
    head = create_deliveries(database, tenants.ours, 1)
    claim_heads(database, head)
    taken = kept(database, head)
    assert (taken.state, taken.message_key, taken.lease_until) == ("sending", "client-r1", UNTIL)

    with database.reading_all() as session:
        again = read_heads(session, [head.id])
    claim_heads(database, *again, token="other")
    assert (kept(database, head).message_key, kept(database, head).lease_token) == ("client-r1", "other")


def test_a_lease_that_ran_out_while_sending_is_counted(database: Database, tenants: TwoTenants) -> None:
    head = create_deliveries(database, tenants.ours, 1)
    claim_heads(database, head)
    assert kept(database, head).lease_losses == 0
    claim_heads(database, head, token="other")
    assert kept(database, head).lease_losses == 1


def test_a_burst_is_coalesced_without_what_must_stand_alone(database: Database, tenants: TwoTenants) -> None:
    head = create_deliveries(database, tenants.ours, 1)
    create_deliveries(database, tenants.ours, 2)
    create_deliveries(database, tenants.ours, 3, state="held")
    apart = [
        create_deliveries(database, tenants.ours, 4, is_urgent=True),
        create_deliveries(database, tenants.ours, 5, is_test=True),
        create_deliveries(database, tenants.ours, 6, next_attempt_at=LATER),
        create_deliveries(database, tenants.ours, 7, message_key="client-r7"),
        create_deliveries(database, tenants.ours, 8, lane="spaces/B"),
        create_deliveries(database, tenants.ours, 9, state="skipped"),
        create_deliveries(database, tenants.theirs, 10),
    ]

    assert coalesce(database, head) == 3

    with database.reading_all() as session:
        assert delivery_store.count_coalesced(session, tenants.ours, "client-r1") == 3
    assert {kept(database, each).lease_token for each in apart} == {None}


def test_a_message_coalesces_a_limited_number_and_the_next_one_the_rest(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_store, "MOST_COALESCED", 3)
    first, *others = [create_deliveries(database, tenants.ours, number) for number in range(1, 6)]
    theirs = create_deliveries(database, tenants.theirs, 9)

    assert coalesce(database, first) == 3
    assert [kept(database, each).message_key for each in (*others, theirs)] == [
        "client-r1",
        "client-r1",
        None,
        None,
        None,
    ]
    assert coalesce(database, others[2], "later") == 2


def test_a_head_that_is_due_last_is_in_its_message(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_store, "MOST_COALESCED", 2)
    head = create_deliveries(database, tenants.ours, 1)
    for number in (2, 3, 4):
        create_deliveries(database, tenants.ours, number, next_attempt_at=NOON - timedelta(seconds=number))

    assert coalesce(database, head) == 2
    assert kept(database, head).message_key == "client-r1"


def test_what_comes_later_joins_no_message_that_was_coalesced(
    database: Database, tenants: TwoTenants
) -> None:
    head = create_deliveries(database, tenants.ours, 1)
    create_deliveries(database, tenants.ours, 2)
    assert coalesce(database, head) == 2
    late = create_deliveries(database, tenants.ours, 3)
    claim_heads(database, *_read(database, head), token="other")

    assert kept(database, late).message_key is None
    finish(database, head, "other")
    assert [kept(database, each).state for each in (head, late)] == ["delivered", "pending"]


def _read(database: Database, head: ClaimedDelivery) -> list[ClaimedDelivery]:
    with database.reading_all() as session:
        return read_heads(session, [head.id])


def test_only_the_lease_finishes_and_then_the_whole_message(database: Database, tenants: TwoTenants) -> None:
    head, second = create_deliveries(database, tenants.ours, 1), create_deliveries(database, tenants.ours, 2)
    coalesce(database, head)

    finish(database, head, "somebody else")
    assert kept(database, head).state == "sending"
    finish(database, head, "mine")

    for each in (head, second):
        row = kept(database, each)
        assert (row.state, row.lease_token, row.message_name) == ("delivered", None, "spaces/A/messages/1")
    finish(database, head, "mine", "dead")
    assert kept(database, head).state == "delivered"


def test_giving_up_ends_the_whole_message_with_its_reason(database: Database, tenants: TwoTenants) -> None:
    head, second, other = (create_deliveries(database, tenants.ours, number) for number in (1, 2, 3))
    with database.writing_all() as session:
        for each in (head, second):
            session.get_one(Delivery, (tenants.ours, each.id)).message_key = "client-r1"
    (again,) = _read(database, head)

    with database.writing_all() as session:
        give_up(session, again, DeliveryState.DEAD, "the destination was removed", NOON)

    ends = [(kept(database, each).state, kept(database, each).reason) for each in (head, second, other)]
    assert ends == [("dead", "the destination was removed")] * 2 + [("pending", "")]


def test_only_what_ended_unsent_is_replayed_from_the_first_rung(
    database: Database, tenants: TwoTenants
) -> None:
    columns = {"attempts": 9, "lease_losses": 3, "waiting_since": NOON, "finished_at": NOON, "reason": "x"}
    states = ("dead", "skipped", "delivered", "pending")
    made = [
        create_deliveries(database, tenants.ours, number, state=state) for number, state in enumerate(states)
    ]
    theirs = create_deliveries(database, tenants.theirs, 9, state="dead")
    with database.writing_all() as session:
        for each in made:
            for name, value in columns.items():
                setattr(session.get_one(Delivery, (tenants.ours, each.id)), name, value)

    with database.writing(tenants.ours) as session:
        ids = [each.id for each in (*made, theirs)]
        again = delivery_store.replay(session, tenants.ours, ids, LATER)

    assert sorted(each.id for each in again) == [made[0].id, made[1].id]
    row = kept(database, made[0])
    assert (row.state, row.attempts, row.lease_losses, row.reason) == ("pending", 0, 0, "")
    assert (row.waiting_since, row.finished_at, row.next_attempt_at) == (None, None, LATER)
    assert kept(database, theirs).state == "dead"


def test_attempts_are_noted_beside_the_delivery(database: Database, tenants: TwoTenants) -> None:
    head = create_deliveries(database, tenants.ours, 1)
    row = {"tenant_id": tenants.ours, "delivery_id": head.id, "outcome": "retry", "http_status": 503}
    with database.writing_all() as session:
        delivery_store.add_attempts(session, [row | {"detail": "away", "took_ms": 12, "created_at": NOON}])
        delivery_store.add_attempts(session, [])
    with database.reading_all() as session:
        kept_rows = session.execute(select(Attempt.delivery_id, Attempt.took_ms, Attempt.detail)).all()
    assert kept_rows == [(head.id, 12, "away")]
