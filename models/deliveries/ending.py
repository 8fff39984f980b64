"""Ends open deliveries without sending them: those of one message, or so many of a lane."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import and_, select, union_all
from sqlalchemy.orm import Session

from models.deliveries.claimed import ClaimedDelivery
from models.destinations.open_deliveries import end_deliveries
from models.tables.deliveries import IS_OPEN, Delivery

OF_A_LANE: Final = 500  # in one statement


def give_up(session: Session, head: ClaimedDelivery, state: str, why: str, now: datetime) -> None:
    """End a delivery, and all that its message coalesces, without sending: `state` is dead or skipped."""
    mine = select(Delivery.id).where(Delivery.tenant_id == head.tenant_id)
    same = [mine.where(Delivery.id == head.id)]
    if head.message_key is not None:
        same.append(mine.where(Delivery.message_key == head.message_key))
    end_deliveries(session, head.tenant_id, union_all(*same), state, why, now)


def give_up_destination(session: Session, head: ClaimedDelivery, state: str, why: str, now: datetime) -> None:
    """End what is due in a delivery's lane for the same destination, notices left out."""
    lane = and_(Delivery.tenant_id == head.tenant_id, Delivery.lane == head.lane, IS_OPEN)
    due = select(Delivery.id, Delivery.destination_id, Delivery.notice).where(
        lane, Delivery.next_attempt_at <= now
    )
    first = due.order_by(Delivery.next_attempt_at, Delivery.id).limit(OF_A_LANE).subquery()
    same = select(first.c.id).where(first.c.destination_id == head.destination_id, first.c.notice.is_(None))
    end_deliveries(session, head.tenant_id, same, state, why, now)
