"""What one message folds: a row per event with its facts, grouped by what happened, counted and summed.

No body is parsed for it: the facts stand in columns (`models.events.facts`). Only what has a line is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.tables.deliveries import Delivery
from models.tables.events import Event

MOST_ROWS: Final = 5_000  # no message folds more
MOST_LINES: Final = 20  # of one message
FIRST_KINDS: Final = ("deal.won", "deal.lost")  # with the largest amounts first
_WITH_SUMS: Final = ("won", "lost", "reopened", "created", "converted")


@dataclass(frozen=True, slots=True)
class FoldedEvent:
    """One event of a message, by the delivery of it that shows most. `kind` is its main event type.

    `amount` and the rest are the facts of the event; they are empty where it may not be shown.
    """

    delivery_id: int
    event_id: int | None
    rule_name: str
    is_redacted: bool
    kind: str
    amount: float | None
    currency: str | None
    who_id: str | None
    is_bulk: bool
    received_at: datetime
    object_key: str | None = None


@dataclass(slots=True)
class FoldedGroup:
    """The events of one kind: how many, their amounts by currency, who did them, and whether all in bulk.

    `is_redacted`: the group of those whose content may not be shown, of whatever kind.
    """

    kind: str
    is_redacted: bool = False
    count: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    who_ids: set[str | None] = field(default_factory=set)
    is_bulk: bool = True


_COLUMNS: Any = (
    Delivery.id,
    Delivery.event_id,
    Delivery.rule_name,
    Delivery.redacted_because.label("redacted_because"),
    Delivery.event_type,
    Event.object_key,
    Event.kind,
    Event.amount,
    Event.currency,
    Event.who_id,
    Event.is_bulk,
    Event.received_at,
    Delivery.created_at,
)
_OF_TENANT = (
    select(*_COLUMNS)
    .select_from(Delivery)
    .join(Delivery.event, isouter=True)
    .where(Delivery.tenant_id == bindparam("tenant"))
    .order_by(Delivery.id)
    .limit(MOST_ROWS)
)
_FOLDED = _OF_TENANT.where(Delivery.message_key == bindparam("key"))
_GATHERED = _OF_TENANT.where(
    Delivery.gathered_for == bindparam("key"), Delivery.destination_id == bindparam("destination")
)


def folded_events(
    session: Session, tenant_id: int, message_key: str
) -> tuple[list[FoldedEvent], Counter[str]]:
    """Return the events that a message folds, oldest first, and how many deliveries each rule made."""
    return _by_event(session.connection().execute(_FOLDED, {"tenant": tenant_id, "key": message_key}))


def gathered_events(
    session: Session, tenant_id: int, key: str, destination_id: int
) -> tuple[list[FoldedEvent], Counter[str]]:
    """Return the same of what was gathered for one destination (`models.attention.gathered`)."""
    values = {"tenant": tenant_id, "key": key, "destination": destination_id}
    return _by_event(session.connection().execute(_GATHERED, values))


def _by_event(rows: Any) -> tuple[list[FoldedEvent], Counter[str]]:
    by_event: dict[object, FoldedEvent] = {}
    by_rule: Counter[str] = Counter()
    for row in rows:
        made, key = _folded(row), row.event_id or f"delivery {row.id}"
        by_rule[row.rule_name] += 1
        known = by_event.get(key)
        if known is None or (known.is_redacted and not made.is_redacted):
            by_event[key] = made
    return sorted(by_event.values(), key=lambda each: each.delivery_id), by_rule


def _folded(row: Any) -> FoldedEvent:
    is_shown = not row.redacted_because
    return FoldedEvent(
        row.id,
        row.event_id,
        row.rule_name,
        not is_shown,
        kind=row.kind or row.event_type,
        amount=row.amount if is_shown else None,
        currency=row.currency if is_shown else None,
        who_id=row.who_id if is_shown else None,
        is_bulk=bool(row.is_bulk) and is_shown,
        received_at=row.received_at or row.created_at,
        object_key=row.object_key,
    )


def group(events: Iterable[FoldedEvent]) -> list[FoldedGroup]:
    """Group events by kind: wins first, then losses, then the largest groups; the redacted ones are last."""
    groups: dict[str, FoldedGroup] = {}
    for event in events:
        key = "" if event.is_redacted else event.kind
        made = groups.setdefault(key, FoldedGroup(event.kind, event.is_redacted))
        made.count += 1
        made.who_ids.add(event.who_id)
        made.is_bulk = made.is_bulk and event.is_bulk
        if event.amount and event.kind.partition(".")[2] in _WITH_SUMS:
            currency = event.currency or ""
            made.sums[currency] = made.sums.get(currency, 0.0) + event.amount
    return sorted(groups.values(), key=_rank)


def _rank(made: FoldedGroup) -> tuple[bool, int, int]:
    return made.is_redacted, kind_rank(made.kind), -made.count


def kind_rank(kind: str) -> int:
    """Return the place of an event type among others: wins before losses before the rest."""
    return FIRST_KINDS.index(kind) if kind in FIRST_KINDS else len(FIRST_KINDS)


def with_lines(events: Sequence[FoldedEvent], most: int) -> list[FoldedEvent]:
    """Return the events that get a line: wins and losses, the largest first, then the oldest others.

    Where there are more, the latest of each object come first, the largest before all: they tell how it is
    now. What happened to it before has a line only if one is left.
    """
    if len(events) <= most:
        return sorted(events, key=_line_rank)
    latest = {each.object_key or each.delivery_id: each for each in events}
    current = {each.delivery_id for each in latest.values()}
    first = sorted(latest.values(), key=_size_rank)[:most]
    earlier = sorted((each for each in events if each.delivery_id not in current), key=_line_rank)
    return [*first, *earlier[: most - len(first)]]


def _line_rank(event: FoldedEvent) -> tuple[bool, int, float, int]:
    rank = kind_rank(event.kind)
    is_first = rank < len(FIRST_KINDS) and not event.is_redacted
    return event.is_redacted, rank, -(event.amount or 0.0) if is_first else 0.0, event.delivery_id


def _size_rank(event: FoldedEvent) -> tuple[bool, int, float, int]:
    return event.is_redacted, kind_rank(event.kind), -(event.amount or 0.0), event.delivery_id


def count_by_rule(by_rule: Counter[str]) -> list[tuple[str, int]]:
    """Return the rules and how many events each wanted, the busiest first."""
    return sorted(
        ((name, count) for name, count in by_rule.items() if name), key=lambda one: (-one[1], one[0])
    )
