"""What linking and removing a destination change in its lane and in its open deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, select, union_all, update
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.deliveries import (
    IS_HELD,
    IS_OPEN,
    OPEN_STATES,
    Delivery,
    DeliveryState,
    Lane,
    as_literal,
)
from models.tables.destinations import Destination

REMOVED: Final = "the destination was removed"
PACE: Final = timedelta(seconds=1)  # Chat takes one write a second in a space
AT_ONCE: Final = 500  # held ones, and as many of the lane; workers end the rest in further calls


def create_unshared_lane(session: Session, tenant_id: int, lane: str) -> None:
    """Create a lane that shares its space with no other tenant yet, unless the tenant has it already.

    Anybody can name a space in the address of an incoming webhook; the first message that Chat accepts there
    proves the right to write in it.
    """
    values = {"tenant_id": tenant_id, "lane": lane, "is_shared": False}
    session.connection().execute(insert_into(session, Lane).values(values).on_conflict_do_nothing())


def share_lane(session: Session, tenant_id: int, lane: str) -> None:
    """Make a lane share its space with the other tenants that write there: the space is linked."""
    mine = (Lane.tenant_id == tenant_id, Lane.lane == lane)
    session.execute(update(Lane).where(*mine).values(is_shared=True))


def skip_removed(session: Session, tenant_id: int, destination_id: int, lane: str, now: datetime) -> int:
    """Skip the first open deliveries of a destination that is removed; return how many."""
    mine = Delivery.tenant_id == tenant_id
    held = select(Delivery.id).where(mine, Delivery.destination_id == destination_id, IS_HELD).limit(AT_ONCE)
    first = select(Delivery.id, Delivery.destination_id).where(mine, Delivery.lane == lane, IS_OPEN)
    first_of_lane = first.order_by(Delivery.id).limit(AT_ONCE).subquery()
    due = select(first_of_lane.c.id).where(first_of_lane.c.destination_id == destination_id)
    some = union_all(select(held.subquery().c.id), due)
    return end_deliveries(session, tenant_id, some, DeliveryState.SKIPPED, REMOVED, now)


def end_deliveries(session: Session, tenant_id: int, ids: Any, state: str, why: str, now: datetime) -> int:
    """End those of these deliveries (ids, or a query of them) that are open; return how many."""
    still_open = and_(Delivery.tenant_id == tenant_id, Delivery.id.in_(ids), Delivery.state.in_(OPEN_STATES))
    values = {"state": state, "reason": why, "finished_at": now, "lease_token": None, "lease_until": None}
    ended: Any = session.execute(
        update(Delivery).where(still_open).values(**values).execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)


def retry_now(
    session: Session, destination: Destination, rested_until: datetime | None, now: datetime
) -> None:
    """Make what waits for its retry at a destination due now, and end the rest of its lane.

    `rested_until` is until when its breaker let the lane rest; a longer rest that Chat asked for stays. The
    lane is changed before its deliveries, in the order in which workers claim.
    """
    lane = (Lane.tenant_id == destination.tenant_id, Lane.lane == destination.lane)
    is_breakers = and_(Lane.free_at == rested_until, Lane.free_at > now + PACE)
    # Another tenant may have written in the same space within this second.
    freed = case((is_breakers, now + PACE), else_=Lane.free_at)
    due = case((Lane.due_at > now, now), else_=Lane.due_at)
    session.execute(update(Lane).where(*lane).values(free_at=freed, due_at=due))
    waits = (
        Delivery.tenant_id == destination.tenant_id,
        Delivery.lane == destination.lane,
        Delivery.destination_id == destination.id,
        Delivery.state.in_([as_literal(each) for each in (DeliveryState.PENDING, DeliveryState.SENDING)]),
        Delivery.waiting_since.is_not(None),  # by these two the index of those that failed is used
        Delivery.state == DeliveryState.PENDING,
        Delivery.next_attempt_at > now,
    )
    sooner = update(Delivery).where(*waits).values(next_attempt_at=now)
    session.execute(sooner.execution_options(synchronize_session=False))
