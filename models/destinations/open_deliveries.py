"""What linking and removing a destination change in its lane and in its open deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, union_all, update
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.deliveries import IS_HELD, IS_OPEN, OPEN_STATES, Delivery, DeliveryState, Lane

REMOVED: Final = "the destination was removed"
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
