"""What is gathered for one summary card instead of being sent: what a mute kept back, or a digest gathers.

`Delivery.gathered_for` names for what (`mute-12`, `digest-3`). A card is created once,
although any worker may do it, and nothing joins that comes after it was counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from models.database.upsert import insert_into
from models.deliveries.lanes import mark_due
from models.tables.attention import Digest, Mute
from models.tables.deliveries import QUIET, Delivery, DeliveryState
from models.tables.destinations import Destination
from models.tables.events import Event
from models.tables.rules import Rule

GATHERED: Final = "gathered"  # the event type of a summary card's delivery
MOST_RULES: Final = 5  # that usually want one event
_MUTE: Final = "mute-"
_DIGEST: Final = "digest-"
Gathering = TypeVar("Gathering", Digest, Mute)
_STATES: Final = (DeliveryState.SKIPPED, DeliveryState.DIGESTED)


def mute_key(mute_id: int) -> str:
    return f"{_MUTE}{mute_id}"


def digest_key(digest_id: int) -> str:
    return f"{_DIGEST}{digest_id}"


@dataclass(frozen=True, slots=True)
class GatheredDelivery:
    """A gathered delivery, with what its line in the summary needs. `raw` is the event's body."""

    event_type: str
    is_urgent: bool
    redacted_because: str
    shows_restricted: bool | None
    raw: bytes | None


def count_gathered(session: Session, tenant_id: int, key: str) -> dict[int, int]:
    """Count the events gathered under a key, by the id of the destination: several rules make one card."""
    events = func.count(Delivery.event_id.distinct())
    query = select(Delivery.destination_id, events).where(*_gathered(tenant_id, key))
    rows = session.execute(query.group_by(Delivery.destination_id))
    return {destination_id: count for destination_id, count in rows if destination_id is not None}


def read_gathered(
    session: Session, tenant_id: int, key: str, destination_id: int, most: int
) -> list[GatheredDelivery]:
    """Read the most important of what was gathered for a destination: urgent, worth most, newest first.

    Several rules may have wanted one event; it is returned once.
    """
    query = (
        select(
            Delivery.event_id,
            Delivery.event_type,
            Delivery.is_urgent,
            Delivery.redacted_because,
            Rule.shows_restricted,
            Event.raw,
        )
        .select_from(Delivery)
        .join(Delivery.event, isouter=True)
        .join(Delivery.rule, isouter=True)
        .where(*_gathered(tenant_id, key), Delivery.destination_id == destination_id)
        .order_by(
            case((Delivery.is_urgent, 0), else_=1),
            func.coalesce(Event.amount, 0).desc(),
            Delivery.id.desc(),
        )
        .limit(most * MOST_RULES)
    )
    found: dict[int, GatheredDelivery] = {}
    rows: Any = session.execute(query)
    for row in rows:
        found.setdefault(row[0], GatheredDelivery(*row[1:]))
    return list(found.values())[:most]


def _gathered(tenant_id: int, key: str) -> tuple[Any, ...]:
    return (
        Delivery.tenant_id == tenant_id,
        Delivery.gathered_for == key,
        Delivery.state.in_(_STATES),
    )


def create_summary(
    session: Session,
    destination: Destination,
    token: str,
    drawn: dict[str, Any],
    due_at: datetime,
    *,
    is_held: bool,
) -> None:
    """Create the delivery of a summary card for a destination; again with its token does nothing.

    `drawn` holds the card's texts (`bot.cards.gathered`), so that it needs no event. `is_held`: quiet hours
    hold it until it is due; then it notifies nobody.
    """
    row = {
        "tenant_id": destination.tenant_id,
        "destination_id": destination.id,
        "destination_name": destination.name,
        "event_type": GATHERED,
        "lane": destination.lane,
        "notice": drawn,
        "request_id": uuid.uuid5(uuid.UUID(token), str(destination.id)).hex,
        "state": DeliveryState.HELD if is_held else DeliveryState.PENDING,
        "reason": QUIET if is_held else "",
        "is_silent": is_held,
        "next_attempt_at": due_at,
    }
    once = insert_into(session, Delivery).values(row).on_conflict_do_nothing(index_elements=["request_id"])
    session.connection().execute(once)
    mark_due(session, [(destination.tenant_id, destination.lane, due_at)])


def send_what_came_late(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Change new rows of deliveries that are gathered for something closed meanwhile: they are sent instead.

    What came too late for one issue of a digest joins the next one. Until the transaction ends, nothing that
    other rows are gathered for can be closed. The session sees all tenants.
    """
    gathered = [row for row in rows if row["gathered_for"]]
    if not gathered:
        return
    keys = {row["gathered_for"] for row in gathered}
    still_open = _lock_open_mutes(session, keys) | _lock_open_digests(session, keys)
    for row in gathered:
        if (key := still_open.get(row["gathered_for"])) is not None:
            row["gathered_for"] = key
        else:
            row |= {"state": DeliveryState.PENDING, "reason": "", "finished_at": None, "gathered_for": None}


def still_open(session: Session, rows: Sequence[Gathering]) -> list[Gathering]:
    """Return those that nobody has closed meanwhile; nobody closes them until the transaction ends.

    What people change is changed on no row whose card is being made: they would be told of what never holds.
    """
    for each in rows:
        session.refresh(each, with_for_update=True)
    return [each for each in rows if each.closed_at is None]


def _ids_in(keys: Iterable[str], kind: str) -> list[int]:
    return sorted(int(key.removeprefix(kind)) for key in keys if key.startswith(kind))


def _lock_open_mutes(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Lock those of these mutes that are open; return their keys."""
    open_ones = select(Mute.id).where(Mute.id.in_(_ids_in(keys, _MUTE)), Mute.closed_at.is_(None))
    found = session.scalars(open_ones.order_by(Mute.id).with_for_update(read=True))
    return {mute_key(mute_id): mute_key(mute_id) for mute_id in found}


def _lock_open_digests(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Lock the issues that are open for the digests of these; return the key of each one's open issue."""
    named = _ids_in(keys, _DIGEST)
    if not named:
        return {}
    issue, latest = aliased(Digest), aliased(Digest)
    same_place = and_(
        issue.tenant_id == latest.tenant_id,
        func.coalesce(issue.space_id, 0) == func.coalesce(latest.space_id, 0),
        func.coalesce(issue.user_id, 0) == func.coalesce(latest.user_id, 0),
    )
    pairs = select(issue.id, latest.id).join(latest, same_place)
    pairs = pairs.where(issue.id.in_(named), latest.closed_at.is_(None)).order_by(latest.id)
    found = session.execute(pairs.with_for_update(read=True, of=latest))
    return {digest_key(named_id): digest_key(open_id) for named_id, open_id in found}
