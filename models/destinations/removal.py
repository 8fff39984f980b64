"""What a removed destination still was to get: skipped, a limited number of deliveries in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, union_all, update
from sqlalchemy.orm import Session

from models.tables.deliveries import IS_HELD, IS_OPEN, OPEN_STATES, Delivery, DeliveryState

REMOVED: Final = "the destination was removed"
SOME: Final = 500  # held ones, and as many of the lane


def skip_removed(session: Session, tenant_id: int, destination_id: int, lane: str, now: datetime) -> int:
    """Skip the first open deliveries of a destination that is removed; return how many."""
    mine = Delivery.tenant_id == tenant_id
    held = select(Delivery.id).where(mine, Delivery.destination_id == destination_id, IS_HELD).limit(SOME)
    first = select(Delivery.id, Delivery.destination_id).where(mine, Delivery.lane == lane, IS_OPEN)
    first_of_lane = first.order_by(Delivery.id).limit(SOME).subquery()
    due = select(first_of_lane.c.id).where(first_of_lane.c.destination_id == destination_id)
    some = union_all(select(held.subquery().c.id), due)
    return end_deliveries(session, tenant_id, some, DeliveryState.SKIPPED, REMOVED, now)


def end_deliveries(session: Session, tenant_id: int, ids: Any, state: str, why: str, now: datetime) -> int:
    """End those of these deliveries (a select of ids) that are open, without sending; return how many."""
    still_open = and_(Delivery.tenant_id == tenant_id, Delivery.id.in_(ids), Delivery.state.in_(OPEN_STATES))
    values = {"state": state, "reason": why, "finished_at": now, "lease_token": None, "lease_until": None}
    ended: Any = session.execute(
        update(Delivery).where(still_open).values(**values).execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)
