"""The breaker of each destination: while it fails, it is tried once a minute and not by every card.

Closed: every card is sent. Open: nothing is tried until a moment. Half-open: that moment is over, so the next
card is a probe; if it arrives, the breaker closes, if not, it stays open for longer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, and_, delete, func, select, update
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.database.lists import one_of
from models.database.upsert import insert_into
from models.tables.destinations import Destination, DestinationHealth

OPENS_AFTER: Final = 5  # failures in a row
OPENS_AFTER_TIME: Final = timedelta(
    seconds=60
)  # by then other cards have passed one that waits for its retry
PROBES: Final = (timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60))
STARTS_ANEW_AFTER: Final = timedelta(hours=24)  # without an attempt; what failed long ago says little
LATELY: Final = timedelta(minutes=10)
GIVES_UP_AFTER: Final = timedelta(days=5)  # of nothing but failures, as Svix does


class BreakerState(StrEnum):
    """What happens with the next card."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Failing:
    """A destination that fails: since when, how often, what was answered, when it is tried again."""

    tenant_id: int
    destination_id: int
    failures: int
    since: datetime
    error: str
    open_until: datetime | None

    def state(self, at: datetime) -> BreakerState:
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.open_until > at else BreakerState.HALF_OPEN

    def has_failed_for_days(self, at: datetime) -> bool:
        return self.failures >= OPENS_AFTER and at - self.since >= GIVES_UP_AFTER


_HEALTH: Any = DestinationHealth.__table__
_KNOWN: Final = DirectStatement(
    select(
        _HEALTH.c.tenant_id,
        _HEALTH.c.destination_id,
        _HEALTH.c.failures,
        _HEALTH.c.failing_since,
        _HEALTH.c.error,
        _HEALTH.c.open_until,
    ).where(
        one_of(_HEALTH.c.tenant_id, "owners"),
        one_of(_HEALTH.c.destination_id, "ids"),
    )
)


def failing_among(session: Session, destinations: Collection[tuple[int, int]]) -> list[Failing]:
    """Return those of these destinations (tenant, id) that fail now."""
    values = {
        "owners": sorted({tenant_id for tenant_id, _ in destinations}),
        "ids": sorted({each for _, each in destinations}),
    }
    if not destinations:
        return []
    found = [Failing(*row) for row in _KNOWN.rows(session, values)]
    return [each for each in found if (each.tenant_id, each.destination_id) in destinations]


def failing_of(session: Session, tenant_id: int, *conditions: Any) -> list[Failing]:
    """Return a tenant's destinations whose breaker is open or half-open, the longest first.

    With conditions, only those destinations that meet all of them.
    """
    query = _select_failing().where(DestinationHealth.tenant_id == tenant_id, *conditions)
    return [_as_failing(row) for row in session.scalars(query.order_by(DestinationHealth.failing_since))]


def all_failing(session: Session, most: int) -> Sequence[Failing]:
    """Return destinations of all tenants whose breaker is open or half-open, up to so many."""
    return [_as_failing(row) for row in session.scalars(_select_failing().limit(most))]


def count_failing_lately(session: Session, kinds: Collection[str], at: datetime, most: int) -> int:
    """Count destinations of all tenants of these kinds that fail now, up to `most`.

    One where nothing was tried for ten minutes says little about now, though its breaker is half-open.
    """
    lately = (DestinationHealth.open_until > at - LATELY, Destination.kind.in_(kinds))
    some = _select_failing().where(*lately).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _select_failing() -> Select[DestinationHealth]:
    """Where nothing is sent, because it is paused or removed, nothing fails either."""
    same = (
        Destination.tenant_id == DestinationHealth.tenant_id,
        Destination.id == DestinationHealth.destination_id,
    )
    is_open = (DestinationHealth.open_until.is_not(None), Destination.is_active.is_(True))
    return select(DestinationHealth).join(Destination, and_(*same)).where(*is_open)


def _as_failing(row: DestinationHealth) -> Failing:
    return Failing(
        row.tenant_id, row.destination_id, row.failures, row.failing_since, row.error, row.open_until
    )


def note_success(session: Session, was: Failing) -> None:
    """Close the breaker."""
    forget(session, was.tenant_id, was.destination_id)


def forget(session: Session, tenant_id: int, destination_id: int) -> None:
    """Forget that a destination fails, as when it is paused."""
    mine = (DestinationHealth.tenant_id == tenant_id, DestinationHealth.destination_id == destination_id)
    gone = delete(DestinationHealth).where(*mine)
    session.execute(gone.execution_options(synchronize_session=False))


def note_failure(session: Session, tenant_id: int, destination_id: int, error: str, at: datetime) -> Failing:
    """Count a failure, and open the breaker after some; return the state from now on."""
    first = {"tenant_id": tenant_id, "destination_id": destination_id, "failing_since": at, "failed_at": at}
    insert = insert_into(session, _HEALTH).values(first)
    # A known row is locked, too, so that nobody who resumes the destination deletes it before it is read.
    same = {"destination_id": insert.excluded.destination_id}
    insert = insert.on_conflict_do_update(index_elements=["tenant_id", "destination_id"], set_=same)
    session.connection().execute(insert)
    row = session.get_one(DestinationHealth, (tenant_id, destination_id), with_for_update=True)
    if at - row.failed_at > STARTS_ANEW_AFTER:
        row.failures, row.failing_since = 0, at
    row.failures += 1
    row.failed_at, row.error = at, error[:300]
    beyond = row.failures - OPENS_AFTER
    if beyond >= 0 and at - row.failing_since >= OPENS_AFTER_TIME:
        row.open_until = at + PROBES[min(beyond, len(PROBES) - 1)]
    session.flush()
    return _as_failing(row)


def pause_refused(session: Session, tenant_id: int, destination_id: int, why: str) -> bool:
    """Stop sending to a destination that refused us for good, until a person resumes it.

    Returns whether it was active until now, so that of several callers only one notifies the admins.
    """
    active = (Destination.tenant_id == tenant_id, Destination.id == destination_id, Destination.is_active)
    statement = update(Destination).where(*active).values(is_active=False, paused_because=why[:500])
    paused: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(paused.rowcount)
