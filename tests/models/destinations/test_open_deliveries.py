"""What removing a destination ends at once, and who may share a lane."""

from __future__ import annotations

from sqlalchemy import func, select

from models.clock import now
from models.database.engine import Database
from models.destinations.open_deliveries import (
    AT_ONCE,
    REMOVED,
    create_unshared_lane,
    share_lane,
    skip_removed,
)
from models.tables import Delivery, DeliveryState, Lane
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
