"""Finished deliveries, for tests of replaying, pruning and the log."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.tables import Delivery, Destination
from models.tables.deliveries import DeliveryState
from tests.engine import NOON
from tests.models.rows import add, destination

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # by any clock


def add_destination(database: Database, tenant_id: int, name: str = "Wall", **columns: Any) -> Destination:
    made = destination(tenant_id, name, lane=f"spaces/{name}", **columns)
    add(database, made)
    return made


def end(database: Database, tenant_id: int, to: Destination | None, count: int = 1, **columns: Any) -> None:
    """Insert dead deliveries to a destination, or to one that was removed; `columns` replace their values."""
    usual = {
        "tenant_id": tenant_id,
        "event_id": None,
        "rule_id": None,
        "destination_id": to.id if to else None,
        "destination_name": to.name if to else "Gone",
        "lane": to.lane if to else "spaces/Gone",
        "rule_name": "Wins",
        "state": DeliveryState.DEAD,
        "reason": "500 from Chat",
        "attempts": 11,
        "created_at": NOON,
        "next_attempt_at": NOON,
        "finished_at": NOON + timedelta(hours=1),
    }
    rows = [usual | {"request_id": uuid.uuid4().hex} | columns for _ in range(count)]
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, rows)


def deliveries(database: Database, tenant_id: int, **columns: Any) -> list[Delivery]:
    """Read a tenant's deliveries with these column values, in the order of their ids."""
    with database.reading(tenant_id) as session:
        query = select(Delivery).where(Delivery.tenant_id == tenant_id).filter_by(**columns)
        return list(session.scalars(query.order_by(Delivery.id)))
