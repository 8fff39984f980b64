"""Lines that threads are owed."""

from __future__ import annotations

import uuid

from models.database.engine import Database
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.deliveries.thread_lines import due_lines, mark_lines_due, take_lines
from models.tables import Delivery, DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.acting import later


def delivered(database: Database, tenant_id: int, lane: str) -> int:
    """A message that has arrived in a space; its id."""
    row = {"tenant_id": tenant_id, "lane": lane, "next_attempt_at": NOON, "created_at": NOON}
    row |= {"request_id": uuid.uuid4().hex, "event_id": None, "rule_id": None, "destination_id": None}
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, [row | {"state": DeliveryState.DELIVERED}])
        lanes.mark_due(session, [(tenant_id, lane, later(600))])
        return session.query(Delivery.id).order_by(Delivery.id.desc()).limit(1).scalar() or 0


def test_each_space_gets_one_line_at_a_time_the_oldest_first(database: Database, tenants: TwoTenants) -> None:
    ids = [delivered(database, tenants.ours, lane) for lane in ("spaces/A", "spaces/B", "spaces/A")]
    with database.writing_all() as session:
        mark_lines_due(session, ids, NOON)
        found = due_lines(session, NOON, 20)
        assert sorted(each.delivery_id for each in found) == ids[:2]
        take_lines(session, found)
        assert [each.delivery_id for each in due_lines(session, NOON, 20)] == ids[2:]


def test_no_line_is_written_while_a_card_is_due(database: Database, tenants: TwoTenants) -> None:
    made = delivered(database, tenants.ours, "spaces/A")
    with database.writing_all() as session:
        mark_lines_due(session, [made], NOON)
        assert due_lines(session, later(900), 20) == []
