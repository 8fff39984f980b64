"""What waits in a lane that gets more than its space can be told one by one, and what the next summary takes.

Chat takes one write a second in a space, and a summary card shows twenty lines. While a burst lasts, a card
a second would be noise, and would show states that are outdated a moment later. So the changes of an object
are gathered: its latest state is shown once it stands still, within `STANDS_STILL` and some cards' time, in
as few cards as that takes; the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.deliveries.burst import MOST_LINES, kind_rank
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.store import COALESCE_ABOVE, JOINABLE, joining
from models.tables.deliveries import Delivery
from models.tables.events import Event

MOST_READ: Final = 600  # deliveries; where more are due, no time is lost with waiting for others
MOST_OBJECTS: Final = 6 * MOST_LINES  # more cannot be shown in time: then one card counts them
BURST_LASTS: Final = timedelta(seconds=30)  # after its last summary
CALM: Final = timedelta(seconds=2)  # without a new change, nothing is waited for
APART: Final = timedelta(seconds=5.5)  # from one summary to the next while changes come
STANDS_STILL: Final = timedelta(seconds=14)  # an object unchanged for so long is shown
AT_RISK: Final = timedelta(seconds=8)  # it is chosen before those that changed later
LONGEST_UNSEEN: Final = timedelta(seconds=30)  # for one that never stands still


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A due delivery with the facts of its event; `amount` is 0 where it may not be shown."""

    id: int
    object_key: str
    rank: int
    amount: float
    created_at: datetime
    is_bulk: bool = False


@dataclass(slots=True)
class WaitingObject:
    """An object of which changes wait: since when, when the last came, and what it is worth."""

    ids: list[int]
    first_at: datetime
    last_at: datetime
    rank: int
    amount: float

    @property
    def shown_by(self) -> datetime:
        """When a card is to show it."""
        return min(self.last_at + STANDS_STILL, self.first_at + LONGEST_UNSEEN)


@dataclass(frozen=True, slots=True)
class NextSummary:
    """What a summary takes: the deliveries of `ids`, or all that are due; it goes at `not_before`, or now."""

    ids: Sequence[int] | None = None
    not_before: datetime | None = None


ALL_NOW: Final = NextSummary()


def is_in_burst(folded_at: datetime | None, at: datetime) -> bool:
    """Whether a lane whose last summary went at `folded_at` gathers what comes."""
    return folded_at is not None and at < folded_at + BURST_LASTS


def read_waiting(session: Session, head: ClaimedDelivery, at: datetime) -> list[WaitingDelivery]:
    """Return up to `MOST_READ` due deliveries that may join a head's message, the longest due first."""
    return [_waiting(row) for row in _WAITING.rows(session, joining(head, at))]


_D: Any = Delivery.__table__
_E: Any = Event.__table__
_WAITING: Final = DirectStatement(
    select(_D.c.id, _E.c.object_key, _E.c.kind, _E.c.amount, _E.c.is_bulk, _D.c.withheld, _D.c.created_at)
    .select_from(_D.outerjoin(_E, and_(_E.c.tenant_id == _D.c.tenant_id, _E.c.id == _D.c.event_id)))
    .where(JOINABLE)
    .order_by(_D.c.next_attempt_at, _D.c.id)
    .limit(MOST_READ)
)


def _waiting(row: Sequence[Any]) -> WaitingDelivery:
    delivery_id, object_key, kind, amount, is_bulk, redacted_because, created_at = row
    shown = 0.0 if redacted_because else amount or 0.0
    key = object_key or f"delivery {delivery_id}"
    return WaitingDelivery(delivery_id, key, kind_rank(kind or ""), shown, created_at, bool(is_bulk))


def next_summary(waiting: Sequence[WaitingDelivery], folded_at: datetime | None, at: datetime) -> NextSummary:
    """Decide what a lane's next summary takes of what waits, and when it goes.

    What was due already when a burst was over goes as one card, whatever it counts. Where changes go on, or
    come again and again to the same objects, those wait for a card with a line for each of them, unless they
    are too many to be shown in time. Changes made in bulk are gathered from the first.
    """
    if not waiting:
        return ALL_NOW
    objects = list(_by_object(waiting).values())
    is_burst = is_in_burst(folded_at, at)
    calm_at = max(each.created_at for each in waiting) + CALM
    is_calm = at >= calm_at
    go_at = at
    if folded_at is not None and is_burst:
        go_at = min(calm_at, max(folded_at + APART, min(each.shown_by for each in objects)))
    elif any(each.is_bulk for each in waiting):
        go_at = min(calm_at, min(each.first_at for each in objects) + APART)
    if go_at > at and len(waiting) < MOST_READ:
        return NextSummary(not_before=go_at)
    is_repeated = len(objects) < len(waiting) and not is_calm
    if not (is_burst or is_repeated) or not MOST_LINES < len(objects) <= MOST_OBJECTS:
        return ALL_NOW
    left = max(len(objects) - MOST_LINES, COALESCE_ABOVE + 1)  # fewer would go one by one
    chosen = sorted(objects, key=lambda each: _order(each, at, is_calm=is_calm))[: len(objects) - left]
    return NextSummary(sorted(found for each in chosen for found in each.ids))


def _by_object(waiting: Sequence[WaitingDelivery]) -> dict[str, WaitingObject]:
    objects: dict[str, WaitingObject] = {}
    for each in waiting:
        known = objects.setdefault(
            each.object_key, WaitingObject([], each.created_at, each.created_at, each.rank, 0.0)
        )
        known.ids.append(each.id)
        known.first_at = min(known.first_at, each.created_at)
        known.last_at = max(known.last_at, each.created_at)
        known.rank, known.amount = min(known.rank, each.rank), max(known.amount, each.amount)
    return objects


def _order(each: WaitingObject, at: datetime, *, is_calm: bool) -> tuple[bool, float, int, float]:
    """Those that must be shown soon come first, the longest unchanged before all; then wins, then size."""
    is_at_risk = each.last_at + AT_RISK <= at or each.shown_by <= at
    if is_at_risk and not is_calm:
        return (False, each.last_at.timestamp(), 0, 0.0)
    return (True, 0.0, each.rank, -each.amount)
