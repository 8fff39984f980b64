"""What says at a glance how a team's notifications go: sent, arrived, failed, read, by channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.clock import now
from models.reports.figures import Figures, FiguresOf, days_ago, totals
from models.reports.rows import CountedRows
from models.tables.deliveries import DeliveryState
from models.tables.destinations import Destination
from models.tables.notifications import Notification


@dataclass(frozen=True, slots=True)
class Glance:
    """The figures of a range at a glance.

    `sent_last_hour` and `sent_last_day` count what arrived of the deliveries created then; both are the same
    for every range. `delivered_percent` and `failed_percent` are of those that were sent or failed,
    `read_percent` of the notifications that came into inboxes; each is None where there was nothing.
    `by_channel` counts what arrived by the kind of its destination, empty for one that is gone.
    """

    sent_last_hour: int
    sent_last_day: int
    delivered_percent: float | None
    failed_percent: float | None
    read_percent: float | None
    by_channel: Mapping[str, int]


def read_glance(
    session: Session,
    reader: Actor,
    since: datetime,
    whole: Figures,
    places: Sequence[FiguresOf],
    rows: CountedRows | None = None,
) -> Glance:
    """Return these figures as the reader may see them; `whole` and `places` are those since then.

    `rows` are shared with other figures of the reader.
    """
    hour = totals(session, reader, now() - timedelta(hours=1), rows)
    day = totals(session, reader, days_ago(1), rows)
    arrived = whole.success_percent
    return Glance(
        hour.counts[DeliveryState.DELIVERED],
        day.counts[DeliveryState.DELIVERED],
        arrived,
        None if arrived is None else round(100 - arrived, 2),
        _read_percent(session, reader, since),
        _by_channel(session, reader.tenant, places),
    )


def _read_percent(session: Session, reader: Actor, since: datetime) -> float | None:
    came = and_(
        Notification.tenant_id == reader.tenant,
        Notification.in_inbox.is_(True),
        Notification.created_at >= since,
    )
    if reader.scope(Action.LOG_READ) is not Scope.TENANT:
        came = and_(came, Notification.user_id == reader.user_id)
    total, read = session.execute(select(func.count(), func.count(Notification.read_at)).where(came)).one()
    return round(100 * read / total, 2) if total else None


def _by_channel(session: Session, tenant_id: int, places: Sequence[FiguresOf]) -> dict[str, int]:
    columns = select(Destination.id, Destination.kind).where(Destination.tenant_id == tenant_id)
    kinds = {row.id: row.kind for row in session.execute(columns)}
    found: Counter[str] = Counter()
    for place in places:
        found[kinds.get(place.id or 0, "")] += place.figures.counts[DeliveryState.DELIVERED]
    most_first = sorted(found.items(), key=lambda pair: (-pair[1], not pair[0], pair[0]))
    return {kind: count for kind, count in most_first if count}
