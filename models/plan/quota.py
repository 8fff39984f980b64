"""The monthly limit of a plan: beyond it cards are held with the reason `quota`, and none is dropped.

Counted are the cards about events that Chat accepted in a month (UTC); test cards, notices and digests are
not. A card that is still to be sent keeps a place, so that no more leave than the limit allows, whatever
dies meanwhile. Who decides about a tenant's places has its row locked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import and_, func, literal_column, select, text, update
from sqlalchemy.orm import Session

from models.database.lists import one_of
from models.database.removed_rows import WITH_REMOVED
from models.deliveries import lanes
from models.deliveries.counts import count_of_tenant
from models.events.day_usage import cards_of_month
from models.tables.accounts import Tenant, User
from models.tables.deliveries import (
    IS_OPEN,
    IS_OVER_QUOTA,
    OPEN_STATES,
    QUIET,
    QUOTA,
    Delivery,
    DeliveryState,
)
from models.tables.destinations import Destination

BATCH: Final = 200
MOST_COUNTED: Final = 10_000
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)  # not by the clock: a job releases what the limit allows
_LIMITED: Final = (
    select(Tenant.id, Tenant.monthly_limit)
    .where(one_of(Tenant.id, "tenants"), Tenant.monthly_limit.is_not(None))
    .order_by(Tenant.id)
)
_LOCK_LIMITED: Final = _LIMITED.with_for_update(key_share=True)
# A loose index scan over ix_deliveries_over_quota: the tenants that have such deliveries.
_TENANTS_OVER_QUOTA: Final = text(
    """
    WITH RECURSIVE holding(tenant_id) AS (
        SELECT (SELECT min(tenant_id) FROM deliveries WHERE state = 'held' AND reason = 'quota')
        UNION ALL
        SELECT (SELECT min(d.tenant_id) FROM deliveries d
                WHERE d.state = 'held' AND d.reason = 'quota' AND d.tenant_id > holding.tenant_id)
        FROM holding WHERE holding.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM holding WHERE tenant_id IS NOT NULL
    """,
)


@dataclass(frozen=True, slots=True)
class PlanUsage:
    """What a tenant has used of its month. `limit` is None for none; `held` counts up to `MOST_COUNTED`."""

    limit: int | None
    cards: int
    held: int
    resets_at: datetime

    @property
    def percent(self) -> int | None:
        """How much of the limit is used, rounded down; None without a limit."""
        return None if self.limit is None else 100 if not self.limit else self.cards * 100 // self.limit


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A delivery that is held over the limit, with what quiet hours ask about its destination."""

    id: int
    event_id: int
    destination_id: int
    is_urgent: bool
    lane: str
    name: str
    kind: str
    space_id: int | None
    user_id: int | None


def usage(session: Session, tenant_id: int, at: datetime) -> PlanUsage:
    """Return what a tenant has used in the month of `at`."""
    limit = session.scalar(select(Tenant.monthly_limit).where(Tenant.id == tenant_id))
    some = select(Delivery.id).where(Delivery.tenant_id == tenant_id, IS_OVER_QUOTA).limit(MOST_COUNTED)
    held = session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return PlanUsage(limit, cards_of_month(session, tenant_id, at), held, month_after(at))


def month_after(at: datetime) -> datetime:
    """Return when the month after that of `at` begins (UTC)."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def hold_over_quota(session: Session, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """Change new rows of deliveries for which their tenant's month has no place: they are held.

    Rows of one event and one destination are one card. What is held already goes first, so that with some of
    it nothing new has a place. The session sees all tenants.
    """
    waiting = [row for row in rows if row["state"] in OPEN_STATES]
    if not waiting:
        return
    tenants = sorted({row["tenant_id"] for row in waiting})
    limited: Any = session.connection().execute(_LOCK_LIMITED, {"tenants": tenants})
    for tenant_id, limit in limited.all():
        room = 0 if _has_held(session, tenant_id) else _room(session, tenant_id, limit, at)
        admitted: set[tuple[int, int]] = set()
        for row in waiting:
            if row["tenant_id"] == tenant_id and not _is_admitted(row, admitted, room):
                silent = not row["is_urgent"]
                row |= {"state": DeliveryState.HELD, "reason": QUOTA, "next_attempt_at": NEVER}
                row["is_silent"] = silent


def _is_admitted(row: dict[str, Any], admitted: set[tuple[int, int]], room: int) -> bool:
    card = (row["event_id"], row["destination_id"])
    if card not in admitted and len(admitted) >= room:
        return False
    admitted.add(card)
    return True


def _has_held(session: Session, tenant_id: int) -> bool:
    query = select(Delivery.id).where(Delivery.tenant_id == tenant_id, IS_OVER_QUOTA)
    return session.scalar(query.limit(literal_column("1"))) is not None


def _room(session: Session, tenant_id: int, limit: int, at: datetime, held: int = 0) -> int:
    """Return for how many more cards there is a place; `held` are held over the limit and keep none.

    What is open is read first: a card that is accepted between the two reads counts twice, never not at all.
    """
    is_open = sum(count_of_tenant(session, tenant_id, state) for state in OPEN_STATES)
    other = (Delivery.tenant_id == tenant_id, IS_OPEN, Delivery.event_id.is_(None))
    uncounted = held + (session.scalar(select(func.count()).where(*other)) or 0)
    return max(0, limit - max(0, is_open - uncounted) - cards_of_month(session, tenant_id, at))


def tenants_over_quota(session: Session) -> list[int]:
    """Return the tenants that have deliveries held over their limit. The session sees all tenants."""
    return list(session.execute(_TENANTS_OVER_QUOTA).scalars())


def room_for_held(session: Session, tenant_id: int, at: datetime, *, locks: bool = False) -> int:
    """Return how many of the cards that are held over the limit may leave now, at most `BATCH`.

    `locks`: other decisions about the tenant's places wait until the (writing) session ends.
    """
    statement = _LOCK_LIMITED if locks else _LIMITED
    limited = session.connection().execute(statement, {"tenants": [tenant_id]}).first()
    if limited is None:
        return BATCH
    mine = (Delivery.tenant_id == tenant_id, IS_OVER_QUOTA)
    held = session.scalar(select(func.count(Delivery.id)).where(*mine)) or 0
    return min(BATCH, _room(session, tenant_id, limited.monthly_limit, at, held))


def oldest_held(session: Session, tenant_id: int, room: int) -> list[HeldCard]:
    """Return the deliveries of the oldest cards that are held over the limit, for so many cards."""
    facts = (Destination.lane, Destination.name, Destination.kind, Destination.space_id, User.id)
    query = (
        select(Delivery.id, Delivery.event_id, Delivery.destination_id, Delivery.is_urgent, *facts)
        .join(Delivery.destination)
        .join(Destination.user, isouter=True)
        .where(Delivery.tenant_id == tenant_id, IS_OVER_QUOTA)
        .order_by(Delivery.event_id, Delivery.id)
        .limit(BATCH + 1)
    )
    # What waits for a removed destination is released, too: whoever claims it skips it.
    rows: Any = session.execute(query, execution_options=WITH_REMOVED)
    found = [HeldCard(*row) for row in rows]
    if len(found) > BATCH and found[0].event_id != found[-1].event_id:
        last = found[-1].event_id  # there may be more of it than was read
        found = [each for each in found if each.event_id != last]
    admitted: set[tuple[int, int]] = set()
    for each in found:
        if len(admitted) < room:
            admitted.add((each.event_id, each.destination_id))
    return [each for each in found if (each.event_id, each.destination_id) in admitted]


def release(
    session: Session, tenant_id: int, cards: Collection[HeldCard], at: datetime, until: datetime | None
) -> None:
    """Make cards due that were held over the limit, or leave them to quiet hours until these end."""
    due = until or at
    ids = [each.id for each in cards]
    state = DeliveryState.HELD if until else DeliveryState.PENDING
    values = {"state": state, "reason": QUIET if until else "", "next_attempt_at": due, "was_held": not until}
    still = and_(Delivery.tenant_id == tenant_id, Delivery.id.in_(ids), IS_OVER_QUOTA)
    move = update(Delivery).where(still).values(values)
    session.execute(move.execution_options(synchronize_session=False))
    lanes.mark_due(session, [(tenant_id, lane, due) for lane in _lanes(session, tenant_id, ids)])


def _lanes(session: Session, tenant_id: int, ids: Iterable[int]) -> Sequence[str]:
    """Return the lanes of these deliveries: their destination may have got another one since."""
    mine = (Delivery.tenant_id == tenant_id, Delivery.id.in_(list(ids)))
    return session.scalars(select(Delivery.lane).where(*mine).distinct().order_by(Delivery.lane)).all()
