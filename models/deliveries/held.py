"""Deliveries that quiet hours hold: decided once for each destination and urgency, moved in batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, literal, select, text, update
from sqlalchemy.orm import Session

from models.deliveries import lanes
from models.tables.accounts import User
from models.tables.deliveries import IS_HELD, Delivery, DeliveryState
from models.tables.destinations import Destination

BATCH: Final = 200

# A loose index scan over ix_deliveries_held: the tenants that have held deliveries, without reading these.
_TENANTS_WITH_HELD = text(
    """
    WITH RECURSIVE holding(tenant_id) AS (
        SELECT (SELECT min(tenant_id) FROM deliveries WHERE state = 'held' AND reason <> 'quota')
        UNION ALL
        SELECT (SELECT min(d.tenant_id) FROM deliveries d
                WHERE d.state = 'held' AND d.reason <> 'quota' AND d.tenant_id > holding.tenant_id)
        FROM holding WHERE holding.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM holding WHERE tenant_id IS NOT NULL
    """,
)


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """The held deliveries of one destination, urgent or not; quiet hours decide alike for all of them."""

    tenant_id: int
    destination_id: int
    is_urgent: bool
    name: str
    kind: str
    lane: str
    space_id: int | None
    user_id: int | None


def tenants_with_held(session: Session) -> list[int]:
    """Return the tenants that have held deliveries. The session sees all tenants."""
    return list(session.execute(_TENANTS_WITH_HELD).scalars())


def held_groups(session: Session, tenant_id: int) -> list[HeldGroup]:
    """Return the groups of a tenant's held deliveries."""
    return [
        HeldGroup(tenant_id, *row)
        for is_urgent in (False, True)
        for row in session.execute(_select_groups(tenant_id, is_urgent=is_urgent))
    ]


def _select_groups(tenant_id: int, *, is_urgent: bool) -> Any:
    held = and_(
        Delivery.tenant_id == Destination.tenant_id,
        Delivery.destination_id == Destination.id,
        Delivery.is_urgent.is_(is_urgent),
        IS_HELD,
    )
    urgent = literal(is_urgent).label("urgent")
    place = (Destination.name, Destination.kind, Destination.lane, Destination.space_id, User.id)
    return (
        select(Destination.id, urgent, *place)
        .join(Destination.user, isouter=True)
        .where(Destination.tenant_id == tenant_id, select(Delivery.id).where(held).exists())
    )


def hold_until(session: Session, group: HeldGroup, until: datetime) -> int:
    """Hold a batch of a group until another time, where they are held until any other; return how many."""
    mine = _in_group(group)
    sooner = mine.where(Delivery.next_attempt_at < until).limit(BATCH)
    later = mine.where(Delivery.next_attempt_at > until).limit(BATCH)
    return _move(session, group, (sooner, later), until, {})


def release(session: Session, group: HeldGroup, at: datetime) -> int:
    """Make a batch of a group due at once; return how many. Chat notifies nobody of what was held."""
    values = _released(group.is_urgent)
    return _move(session, group, (_in_group(group).limit(BATCH),), at, values)


def release_one(session: Session, tenant_id: int, delivery_id: int, at: datetime) -> bool:
    """Make one held delivery due at once; False if it is held no more. Chat notifies nobody of it."""
    mine = and_(Delivery.tenant_id == tenant_id, Delivery.id == delivery_id, IS_HELD)
    query = select(Delivery.lane, Delivery.is_urgent).where(mine).with_for_update()
    found = session.execute(query).first()
    if found is None:
        return False
    values = _released(found.is_urgent)
    move = update(Delivery).where(mine).values(next_attempt_at=at, **values)
    session.execute(move.execution_options(synchronize_session=False))
    lanes.mark_due(session, [(tenant_id, found.lane, at)])
    return True


def _released(is_urgent: bool) -> dict[str, Any]:
    return {"state": DeliveryState.PENDING, "reason": "", "is_silent": not is_urgent, "was_held": True}


def _in_group(group: HeldGroup) -> Any:
    return select(Delivery.id, Delivery.lane).where(
        Delivery.tenant_id == group.tenant_id,
        Delivery.destination_id == group.destination_id,
        Delivery.is_urgent.is_(group.is_urgent),
        IS_HELD,
    )


def _move(
    session: Session, group: HeldGroup, some: tuple[Any, ...], at: datetime, values: dict[str, Any]
) -> int:
    found = [row for each in some for row in session.execute(each.with_for_update(skip_locked=True))]
    ids = [row.id for row in found][:BATCH]
    if not ids:
        return 0
    mine = and_(Delivery.tenant_id == group.tenant_id, Delivery.id.in_(ids))
    move = update(Delivery).where(mine).values(next_attempt_at=at, **values)
    session.execute(move.execution_options(synchronize_session=False))
    lanes.mark_due(session, [(group.tenant_id, lane, at) for lane in {row.lane for row in found}])
    return len(ids)
