"""Deliveries to fallbacks: what a destination that refuses us for good did not get goes to another one, once.

The original stays as it ended, and quiet hours of the fallback hold what comes to it. Of one event and rule
each destination has at most one delivery, so a repeat makes no second one, and nothing goes round in circles.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from models.chance import new_id
from models.deliveries import store
from models.deliveries.lanes import mark_due
from models.destinations.queries import destination_title
from models.destinations.quiet_hours import held_until, read_windows
from models.tables.deliveries import QUIET, Delivery, DeliveryState, as_literal
from models.tables.destinations import PAUSED_BY, Destination

BATCH: Final = 100
LOOKS_BACK: Final = timedelta(hours=1)  # a worker that ends a delivery also looks here soon
WORKER_DIED: Final = "the worker died over it%"
PAUSED: Final = "the destination is paused: %"
_Fallback: Any = aliased(Destination)
_Copy: Any = aliased(Delivery)
_REFUSES: Final = and_(Destination.is_active.is_(False), Destination.paused_because.not_like(f"{PAUSED_BY}%"))
_IS_FALLBACK: Final = and_(
    _Fallback.tenant_id == Destination.tenant_id, _Fallback.id == Destination.fallback_id
)
_REFUSED: Final = (
    select(Destination, _Fallback)
    .join(_Fallback, _IS_FALLBACK)
    .where(_REFUSES, _Fallback.is_active.is_(True))
    .order_by(Destination.tenant_id, Destination.id)
)
# As a value, not as a join: PostgreSQL would begin with all destinations where it knows nothing of them yet.
_ANY_REFUSED: Final = (
    select(Destination.id)
    .where(_REFUSES, Destination.fallback_id.is_not(None))
    .where(select(_Fallback.is_active).where(_IS_FALLBACK).scalar_subquery().is_(True))
    .limit(1)
)


def is_any_refused(session: Session) -> bool:
    """Return whether a destination with a fallback refuses us now."""
    return session.scalar(_ANY_REFUSED) is not None


def fall_back_some(session: Session, at: datetime) -> bool:
    """Create deliveries to the fallbacks of all destinations that refuse us; return whether more may be left.

    The session is a writing one over all tenants.
    """
    made = [_fall_back(session, refused, to, at) for refused, to in session.execute(_REFUSED).all()]
    return BATCH in made


def _fall_back(session: Session, refused: Destination, to: Destination, at: datetime) -> int:
    missed = session.scalars(_missed(refused, to, at)).all()
    title = destination_title(session, refused.tenant_id, refused.id)[:255]
    windows = read_windows(session, to.tenant_id) if missed else ()
    rows = []
    for each in missed:
        until = held_until(windows, space_id=to.space_id, user_id=None, urgent=each.is_urgent, at=at)
        rows.append(_row(each, to, title, at) | _held(until, at))
    store.create_deliveries(session, rows)
    mark_due(session, [(row["tenant_id"], row["lane"], row["next_attempt_at"]) for row in rows])
    return len(missed)


def _held(until: datetime | None, at: datetime) -> dict[str, Any]:
    """Return what quiet hours make of a delivery: it is sent at once, or held until they end."""
    if until is None:
        return {"state": DeliveryState.PENDING, "reason": "", "next_attempt_at": at}
    return {"state": DeliveryState.HELD, "reason": QUIET, "next_attempt_at": until}


def _missed(refused: Destination, to: Destination, at: datetime) -> Any:
    """Build the query of what a destination did not get, and its fallback neither."""
    is_there = select(_Copy.id).where(
        _Copy.tenant_id == Delivery.tenant_id,
        _Copy.event_id == Delivery.event_id,
        _Copy.rule_id == Delivery.rule_id,
        _Copy.destination_id == to.id,
    )
    ended = (as_literal(DeliveryState.DEAD), as_literal(DeliveryState.SKIPPED))
    was_refused = and_(
        Delivery.state == as_literal(DeliveryState.DEAD), Delivery.reason.not_like(WORKER_DIED)
    )
    return (
        select(Delivery)
        .where(
            Delivery.tenant_id == refused.tenant_id,
            Delivery.destination_id == refused.id,
            Delivery.state.in_(ended),
            Delivery.finished_at >= at - LOOKS_BACK,
            or_(was_refused, Delivery.reason.like(PAUSED)),
            Delivery.event_id.is_not(None),
            Delivery.rule_id.is_not(None),
            Delivery.is_test.is_(False),
            ~is_there.exists(),
        )
        .order_by(Delivery.id)
        .limit(BATCH)
    )


def _row(missed: Delivery, to: Destination, title: str, at: datetime) -> dict[str, Any]:
    """Return the row of the delivery to the fallback; it shows no more than the original would have."""
    return {
        "tenant_id": missed.tenant_id,
        "event_id": missed.event_id,
        "rule_id": missed.rule_id,
        "destination_id": to.id,
        "rule_name": missed.rule_name,
        "destination_name": to.name,
        "event_type": missed.event_type,
        "lane": to.lane,
        "is_urgent": missed.is_urgent,
        "request_id": new_id(),
        "withheld": missed.redacted_because,
        "thread_key": missed.thread_key,
        "is_silent": not missed.is_urgent,
        "instead_of": title,
        "created_at": at,
    }
