"""Ends open deliveries without sending them, no more in one statement than a message may coalesce."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, union_all, update
from sqlalchemy.orm import Session

from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.lane_sql import IS_HELD, IS_OPEN
from models.tables.deliveries import OPEN_STATES, Delivery, DeliveryState

REMOVED: Final = "the destination was removed"
SOME: Final = 500  # held, and as many of the lane
MANY: Final = 500


def give_up(session: Session, head: ClaimedDelivery, state: str, why: str, now: datetime) -> None:
    """End a delivery, and all that its message coalesces, without sending: `state` is dead or skipped."""
    mine = select(Delivery.id).where(Delivery.tenant_id == head.tenant_id)
    same = [mine.where(Delivery.id == head.id)]
    if head.message_key is not None:
        same.append(mine.where(Delivery.message_key == head.message_key))
    _end(session, head.tenant_id, union_all(*same), state, why, now)


def give_up_destination(session: Session, head: ClaimedDelivery, state: str, why: str, now: datetime) -> None:
    """End what is due in a delivery's lane for the same destination, notices left out."""
    lane = and_(Delivery.tenant_id == head.tenant_id, Delivery.lane == head.lane, IS_OPEN)
    due = select(Delivery.id, Delivery.destination_id, Delivery.notice).where(
        lane, Delivery.next_attempt_at <= now
    )
    first = due.order_by(Delivery.next_attempt_at, Delivery.id).limit(MANY).subquery()
    same = select(first.c.id).where(first.c.destination_id == head.destination_id, first.c.notice.is_(None))
    _end(session, head.tenant_id, same, state, why, now)


def skip_removed(session: Session, tenant_id: int, destination_id: int, lane: str, now: datetime) -> int:
    """Skip the first open deliveries of a destination that is removed; return how many."""
    mine = Delivery.tenant_id == tenant_id
    held = select(Delivery.id).where(mine, Delivery.destination_id == destination_id, IS_HELD).limit(SOME)
    first = select(Delivery.id, Delivery.destination_id).where(mine, Delivery.lane == lane, IS_OPEN)
    first_of_lane = first.order_by(Delivery.id).limit(SOME).subquery()
    due = select(first_of_lane.c.id).where(first_of_lane.c.destination_id == destination_id)
    some = union_all(select(held.subquery().c.id), due)
    return _end(session, tenant_id, some, DeliveryState.SKIPPED, REMOVED, now)


def _end(session: Session, tenant_id: int, ids: Any, state: str, why: str, now: datetime) -> int:
    still_open = and_(Delivery.tenant_id == tenant_id, Delivery.id.in_(ids), Delivery.state.in_(OPEN_STATES))
    values = {"state": state, "reason": why, "finished_at": now, "lease_token": None, "lease_until": None}
    ended: Any = session.execute(
        update(Delivery).where(still_open).values(**values).execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)
