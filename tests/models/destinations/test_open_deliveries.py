"""What removing a destination ends at once, and who may share a lane."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from models.clock import now
from models.database.engine import Database
from models.destinations.open_deliveries import (
    AT_ONCE,
    PACE,
    REMOVED,
    create_unshared_lane,
    retry_now,
    share_lane,
    skip_removed,
)
from models.tables import Delivery, DeliveryState, Destination, Lane
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, link


def test_one_call_skips_a_bounded_number_and_only_of_this_destination(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = link(database, tenants.ours), link(database, tenants.theirs, OTHER_SPACE)
    for tenant_id, linked, lane in ((tenants.ours, ours, SPACE), (tenants.theirs, theirs, OTHER_SPACE)):
        with database.writing(tenant_id) as session:
            row = {"tenant_id": tenant_id, "destination_id": linked.destination_id, "lane": lane}
            session.add_all([Delivery(**row) for _ in range(AT_ONCE + 1)])

    with database.writing(tenants.ours) as session:
        assert skip_removed(session, tenants.ours, ours.destination_id, SPACE, now()) == AT_ONCE
    with database.writing(tenants.ours) as session:
        assert skip_removed(session, tenants.ours, ours.destination_id, SPACE, now()) == 1

    with database.reading_all() as session:
        query = select(Delivery.tenant_id, Delivery.state, Delivery.reason, func.count()).group_by(
            Delivery.tenant_id, Delivery.state, Delivery.reason
        )
        assert sorted(session.execute(query).all()) == sorted(
            [
                (tenants.ours, DeliveryState.SKIPPED, REMOVED, AT_ONCE + 1),
                (tenants.theirs, DeliveryState.PENDING, "", AT_ONCE + 1),
            ]
        )


def test_a_lane_that_was_only_named_is_shared_once_its_space_is_linked(
    database: Database, tenants: TwoTenants
) -> None:
    def is_shared() -> bool:
        with database.reading(tenants.ours) as session:
            return session.get_one(Lane, (tenants.ours, SPACE)).is_shared

    for _ in range(2):  # a repeat changes nothing
        with database.writing(tenants.ours) as session:
            create_unshared_lane(session, tenants.ours, SPACE)
        assert not is_shared()
    with database.writing(tenants.ours) as session:
        share_lane(session, tenants.ours, SPACE)
    assert is_shared()
    with database.writing(tenants.ours) as session:
        create_unshared_lane(session, tenants.ours, SPACE)
    assert is_shared()


def test_what_waits_for_its_retry_is_due_and_what_is_held_or_of_others_waits_on(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = link(database, tenants.ours), link(database, tenants.theirs, OTHER_SPACE)
    at, later = now(), now() + timedelta(hours=1)
    until = at + timedelta(minutes=1)
    states = [(DeliveryState.PENDING, at), (DeliveryState.PENDING, None), (DeliveryState.HELD, at)]
    for tenant_id, linked, lane in ((tenants.ours, ours, SPACE), (tenants.theirs, theirs, OTHER_SPACE)):
        row = {"tenant_id": tenant_id, "destination_id": linked.destination_id, "lane": lane}
        with database.writing(tenant_id) as session:
            session.merge(Lane(tenant_id=tenant_id, lane=lane, due_at=later, free_at=until))
            session.add_all(
                Delivery(**row, state=state, waiting_since=since, next_attempt_at=later)
                for state, since in states
            )

    with database.writing(tenants.ours) as session:
        place = session.get_one(Destination, (tenants.ours, ours.destination_id))
        retry_now(session, place, until, at)

    with database.reading_all() as session:
        for tenant_id, times in ((tenants.ours, [at, later, later]), (tenants.theirs, [later] * 3)):
            mine = select(Delivery.next_attempt_at).where(Delivery.tenant_id == tenant_id)
            assert list(session.scalars(mine.order_by(Delivery.id))) == times
        lanes = {row.tenant_id: (row.due_at, row.free_at) for row in session.scalars(select(Lane))}
    assert lanes == {tenants.ours: (at, at + PACE), tenants.theirs: (later, until)}


def test_a_longer_rest_that_chat_asked_for_stays(database: Database, tenants: TwoTenants) -> None:
    ours, at = link(database, tenants.ours), now()
    asked = at + timedelta(minutes=3)
    with database.writing(tenants.ours) as session:
        session.merge(Lane(tenant_id=tenants.ours, lane=SPACE, due_at=asked, free_at=asked))
        place = session.get_one(Destination, (tenants.ours, ours.destination_id))
        retry_now(session, place, at + timedelta(minutes=1), at)
    with database.reading(tenants.ours) as session:
        assert session.get_one(Lane, (tenants.ours, SPACE)).free_at == asked
