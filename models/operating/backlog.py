"""What waits now and what goes wrong, for a page that is watched second by second; of all tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.deliveries import lanes
from models.deliveries.counts import count_by_state
from models.events.claims import tenants_with_new
from models.events.store import oldest_new
from models.operating.state import refused_destinations
from models.tables.deliveries import IS_OPEN, Delivery, DeliveryState


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, is tried again, or was given up; `refused` are the destinations that Chat refuses.

    `oldest_due_s`: for how many seconds the oldest thing is due, None while nothing is. `next_try_s`: in how
    many seconds the next failed one is tried again, None for none. `has_new_events`: some were not read yet.
    """

    waiting: int
    held: int
    given_up: int
    retried: int
    has_new_events: bool
    oldest_due_s: int | None
    next_try_s: int | None
    refused: Sequence[str]


def oldest_due(session: Session) -> datetime | None:
    """Return since when the oldest event or delivery of all tenants is due, None if nothing is."""
    due = [at for at in (oldest_new(session), lanes.oldest_due(session)) if at is not None]
    return min(due, default=None)


def read_backlog(session: Session, at: datetime) -> Backlog:
    """Read it. The session sees all tenants."""
    counts = count_by_state(session)
    oldest = oldest_due(session)
    failed = (IS_OPEN, Delivery.state == DeliveryState.PENDING, Delivery.attempts > 0)
    query = select(func.count(), func.min(Delivery.next_attempt_at)).where(*failed)
    retried, next_try = cast(tuple[int, datetime | None], session.execute(query).one())
    return Backlog(
        waiting=counts.get(DeliveryState.PENDING, 0) + counts.get(DeliveryState.SENDING, 0),
        held=counts.get(DeliveryState.HELD, 0),
        given_up=counts.get(DeliveryState.DEAD, 0),
        retried=retried,
        has_new_events=bool(tenants_with_new(session)),
        oldest_due_s=None if oldest is None or oldest > at else int((at - oldest).total_seconds()),
        next_try_s=None if next_try is None else max(0, int((next_try - at).total_seconds())),
        refused=[name for _, name, _ in refused_destinations(session)],
    )
