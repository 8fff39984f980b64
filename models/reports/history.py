"""Deliveries and events of a tenant, a part at a time: those that fit a choice and that a reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Select, and_, bindparam, case, cast, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.deliveries.queries import MOST_SEARCHED, id_before_newest
from models.deliveries.visible import visible_to
from models.events.store import TESTS
from models.tables.deliveries import IS_KEPT_BACK, KEPT_BACK, Attempt, Delivery
from models.tables.events import Event

MOST_COUNTED: Final = 10_000  # counting further would read ever more
MOST_WORDS: Final = 5
MOST_SKEW: Final = timedelta(hours=1)  # by which the times of two rows may be in another order than their ids
NEAR: Final = 500


@dataclass(frozen=True, slots=True)
class ListPart:
    """Which part of a list: what is older than the row `before`, else what follows `offset` rows."""

    limit: int
    before: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class DeliverySelection:
    """Which deliveries; None narrows nothing. The times are of when they were created.

    Each of `words` stands in the name of the rule or destination, in the kind of event or in the reason.
    `message_key` is that of a message of Chat, which may show many.
    """

    state: str | None = None
    rule_id: int | None = None
    destination_id: int | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    message_key: str | None = None


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Which events; None narrows nothing. `object_key` is like `deal:42`. The times are of the arrival."""

    state: str | None = None
    kind: str | None = None
    object_key: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event without its body, which may hold what not everybody may see."""

    id: int
    received_at: datetime
    state: str
    event_type: str
    kind: str
    object_key: str | None
    outcome: str
    is_bulk: bool


def find_deliveries(
    session: Session, reader: Actor, wanted: DeliverySelection, part: ListPart
) -> tuple[list[Delivery], int]:
    """Return a part of the deliveries that the reader may see, newest first, and how many there are.

    They are counted up to `MOST_COUNTED`. For readers who may not see all of them, and for words, the newest
    `MOST_SEARCHED` of the tenant are looked through.
    """
    query = select(Delivery).where(Delivery.tenant_id == reader.tenant, visible_to(reader, Action.LOG_READ))
    if wanted.words or reader.scope(Action.LOG_READ) is not Scope.TENANT:
        query = query.where(Delivery.id > id_before_newest(session, reader.tenant, MOST_SEARCHED))
    pairs = (
        (Delivery.state, wanted.state),
        (Delivery.rule_id, wanted.rule_id),
        (Delivery.destination_id, wanted.destination_id),
        (Delivery.event_type, wanted.event_type),
        (Delivery.message_key, wanted.message_key),
    )
    query = query.where(*(column == value for column, value in pairs if value is not None))
    query = query.where(*between(session, reader.tenant, Delivery.created_at, wanted.since, wanted.until))
    query = query.where(*(_stands_in_row(word) for word in wanted.words.split()[:MOST_WORDS]))
    if wanted.state in KEPT_BACK:
        query = query.where(IS_KEPT_BACK)
    return list(session.scalars(_part_of(query, Delivery.id, part))), _count(session, query, Delivery.id)


def find_delivery(
    session: Session, reader: Actor, delivery_id: int
) -> tuple[Delivery, Sequence[Attempt]] | None:
    """Return a delivery that the reader may see, with its attempts, oldest first; None if there is none."""
    mine = (Delivery.tenant_id == reader.tenant, Delivery.id == delivery_id)
    found = session.scalar(select(Delivery).where(*mine, visible_to(reader, Action.LOG_READ)))
    if found is None:
        return None
    of_it = (Attempt.tenant_id == reader.tenant, Attempt.delivery_id == delivery_id)
    return found, session.scalars(select(Attempt).where(*of_it).order_by(Attempt.id)).all()


def find_events(
    session: Session, reader: Actor, wanted: EventSelection, part: ListPart
) -> tuple[list[EventRow], int]:
    """Return a part of the events of Pipedrive, newest first, and how many there are, up to `MOST_COUNTED`.

    Who may not read the whole log reads the events whose deliveries they may see.
    """
    columns: tuple[Any, ...] = (Event.id, Event.received_at, Event.state, Event.event_type, Event.kind)
    query: Select[Any] = select(*columns, Event.object_key, Event.outcome, Event.is_bulk)
    query = query.where(Event.tenant_id == reader.tenant, Event.source_key.not_like(f"{TESTS}%"))
    if reader.scope(Action.LOG_READ) is not Scope.TENANT:
        of_event = and_(Delivery.tenant_id == Event.tenant_id, Delivery.event_id == Event.id)
        query = query.where(select(Delivery.id).where(of_event, visible_to(reader, Action.LOG_READ)).exists())
    pairs = ((Event.state, wanted.state), (Event.kind, wanted.kind), (Event.object_key, wanted.object_key))
    query = query.where(*(column == value for column, value in pairs if value is not None))
    query = query.where(*between(session, reader.tenant, Event.received_at, wanted.since, wanted.until))
    rows = session.execute(_part_of(query, Event.id, part))
    return [EventRow(*row) for row in rows], _count(session, query, Event.id)


def _stands_in_row(word: str) -> Any:
    searched = (Delivery.rule_name, Delivery.destination_name, Delivery.event_type, Delivery.reason)
    return or_(*(column.icontains(word, autoescape=True) for column in searched))


def between(
    session: Session, tenant_id: int, column: Any, since: datetime | None, until: datetime | None
) -> list[Any]:
    """Return the conditions of a range of time, and of the ids in it, without which all rows are read.

    `column` holds when a row was made; `until` is outside of the range.
    """
    return in_range(column, **limits_of(session, tenant_id, column, since, until))


def in_range(
    column: Any, *, since: Any = None, above: Any = None, until: Any = None, up_to: Any = None
) -> list[Any]:
    """Return the conditions of limits that are values (`limits_of`), or parameters for them."""
    key = column.class_.id
    limits: list[Any] = [] if since is None else [column >= since, key > above]
    return limits if until is None else [*limits, column < until, key <= up_to]


def limits_of(
    session: Session, tenant_id: int, column: Any, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """Return the limits of a range: of time, and of the ids in it."""
    limits: dict[str, Any] = {}
    if since is not None:
        limits |= {"since": since, "above": last_id_before(session, tenant_id, column, since - MOST_SKEW)}
    if until is not None:
        after = last_id_before(session, tenant_id, column, until + MOST_SKEW)
        limits |= {"until": until, "up_to": after + NEAR}
    return limits


def last_id_before(session: Session, tenant_id: int, column: Any, at: datetime) -> int:
    """Return an id at most `NEAR` below the last one whose time is before `at`: ids grow with time.

    The search for it, halving what is left, is one statement.
    """
    return session.scalar(_search(column), {"searched": tenant_id, "before": at, "near": NEAR}) or 0


@cache
def _search(column: Any) -> Any:
    """Build the search once: that takes longer than to run it."""
    row = column.class_
    mine = row.tenant_id == bindparam("searched")
    lowest, highest = cast(0, BigInteger), cast(func.coalesce(func.max(row.id), 0), BigInteger)
    ends = select(lowest.label("low"), highest.label("high")).where(mine)
    steps = ends.cte("steps", recursive=True)
    low, high = steps.c.low, steps.c.high
    middle = (low + high) // 2
    next_one = select(column).where(mine, row.id > middle).order_by(row.id).limit(literal_column("1"))
    is_before = next_one.correlate(steps).scalar_subquery() < bindparam("before", type_=column.type)
    halves = (case((is_before, middle), else_=low), case((is_before, high), else_=middle))
    steps = steps.union_all(select(*halves).where(high - low > bindparam("near")))
    return select(func.max(steps.c.low))


def _part_of(query: Select[Any], key: Any, part: ListPart) -> Select[Any]:
    if part.before is not None:
        query = query.where(key < part.before)
    return query.order_by(key.desc()).offset(0 if part.before else part.offset).limit(part.limit)


def _count(session: Session, query: Select[Any], key: Any) -> int:
    some = query.with_only_columns(key).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
