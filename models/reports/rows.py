"""Counts rows of deliveries and of presses by the hour in which they were made: what figures are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import and_, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from models.database.chunks import chunks
from models.reports.history import between, in_range, limits_of
from models.reports.latency import bucket_of, milliseconds_between
from models.reports.measures import (
    ANSWER_MS,
    ANSWERS,
    CLAIMS,
    COALESCED,
    DESTINATION,
    ENDED,
    MUTED,
    PAIR,
    PERSON,
    PRESSES,
    REDACTED,
    RULE,
    WAS_HELD,
    FigureKey,
    Measures,
    counter_of,
)
from models.reports.periods import hour_in_sql
from models.tables.card_actions import CardAction, CardActionState
from models.tables.deliveries import IS_OPEN, Attempt, AttemptOutcome, Delivery, DeliveryState
from models.tables.events import Event

HOUR: Final = "hour"
BY: Final = (HOUR, RULE, DESTINATION)
CLAIM_ACTIONS: Final = ("deal.claim", "lead.claim")
IS_ENDED: Final = Delivery.state.in_(ENDED)
# Of people and rules: no test cards, notices or summaries.
COUNTS: Final = and_(Delivery.is_test.is_(False), Delivery.notice.is_(None))
_MUTED: Final = and_(Delivery.state == DeliveryState.SKIPPED, Delivery.gathered_for.startswith("mute-"))
_ON_ANOTHERS_MESSAGE: Final = and_(
    Delivery.state == DeliveryState.DELIVERED,
    Delivery.message_key != literal("client-") + Delivery.request_id,
)
_FLAGS: Final = {
    WAS_HELD: Delivery.was_held.is_(True),
    MUTED: _MUTED,
    COALESCED: _ON_ANOTHERS_MESSAGE,
    REDACTED: Delivery.redacted_because != "",
}


_NOTED: Final = (ANSWERS, ANSWER_MS, *_FLAGS)
_BEFORE_THE_END: Final = (WAS_HELD, REDACTED)  # what may be said of a delivery that is under way


@dataclass(slots=True)
class Counted:
    """What was counted of one whole in one hour. The names are of its rule and its destination."""

    tenant_id: int
    hour: str
    whole: FigureKey
    measures: Measures
    rule_name: str = ""
    destination_name: str = ""


@dataclass(slots=True)
class CountedRows:
    """What was counted from rows of deliveries, so that several figures of a reader read them once."""

    _kept: dict[Hashable, list[Counted]] = field(default_factory=dict)

    def get(self, key: Hashable, count: Callable[[], Iterable[Counted]]) -> list[Counted]:
        """Return what `count` yields for a key, counting it the first time."""
        if key not in self._kept:
            self._kept[key] = list(count())
        return self._kept[key]


def count_deliveries(
    session: Session,
    tenant_id: int,
    since: datetime | None,
    until: datetime | None,
    *conditions: Any,
    by: Collection[str] = BY,
) -> Iterator[Counted]:
    """Count a tenant's deliveries that were created in a range, by hour, rule and destination.

    `by` may name fewer of them; what it leaves out is that of any of the rows.
    """
    if conditions:
        times = between(session, tenant_id, Delivery.created_at, since, until)
        mine = (Delivery.tenant_id == tenant_id, *times, *conditions)
        return _counted(session, _count(session.get_bind().dialect.name, *mine, by=by))
    limits = limits_of(session, tenant_id, Delivery.created_at, since, until)
    statement = _count_all(session.get_bind().dialect.name, tuple(limits), tuple(by))
    return _counted(session, statement, {"owner": tenant_id, **limits})


def count_open(
    session: Session, tenant_id: int, *conditions: Any, by: Collection[str] = BY
) -> Iterator[Counted]:
    """Count a tenant's deliveries that are under way; of them nothing has arrived, so no times are read."""
    keys = {
        HOUR: hour_in_sql(session.get_bind().dialect.name, Delivery.created_at),
        RULE: func.coalesce(Delivery.rule_id, 0),
        DESTINATION: func.coalesce(Delivery.destination_id, 0),
    }
    columns = [each.label(name) if name in by else func.max(each) for name, each in keys.items()]
    flags = {name: _FLAGS[name] for name in _BEFORE_THE_END}
    query: Any = select(
        *columns,
        Delivery.state,
        func.max(Delivery.rule_name),
        func.max(Delivery.destination_name),
        func.count(),
        *(func.sum(case((flag, 1), else_=0)) for flag in flags.values()),
    )
    # All are in a lane. Without that, and statistics, SQLite reads every row of the tenant by another index.
    in_lanes = Delivery.lane > ""
    query = query.where(Delivery.tenant_id == tenant_id, COUNTS, IS_OPEN, in_lanes, *conditions)
    query = query.group_by(Delivery.state, *by)
    for hour, rule_id, to, state, rule_name, name, count, *noted in session.execute(query):
        measures: Measures = counter_of({state: count} | _nonzero(dict(zip(flags, noted, strict=True))))
        yield Counted(tenant_id, hour, FigureKey(PAIR, rule_id, to), measures, rule_name, name)


def count_presses(
    session: Session,
    tenant_id: int,
    since: datetime | None,
    until: datetime | None,
    *conditions: Any,
) -> Iterator[Counted]:
    """Count what a tenant's people pressed in a range, by hour and person."""
    times = between(session, tenant_id, CardAction.created_at, since, until)
    return _presses(session, CardAction.tenant_id == tenant_id, *times, *conditions)


def count_of_ids(session: Session, delivery_ids: list[int]) -> Iterator[Counted]:
    """Count some deliveries, and what was pressed on them. The session sees all tenants."""
    for ids in chunks(delivery_ids):
        yield from _counted(session, _count(session.get_bind().dialect.name, Delivery.id.in_(ids)))
        yield from _presses(session, CardAction.delivery_id.in_(ids))


@lru_cache(maxsize=64)
def _count_all(dialect: str, limits: tuple[str, ...], by: tuple[str, ...]) -> Any:
    """Build what counts all deliveries of a tenant in a range: to build it takes longer than to run it."""
    given: dict[str, Any] = {name: bindparam(name) for name in limits}
    mine = Delivery.tenant_id == bindparam("owner")
    return _count(dialect, mine, *in_range(Delivery.created_at, **given), by=by)


def _count(dialect: str, *conditions: Any, by: Collection[str] = BY) -> Any:
    rows = _rows(dialect, *conditions)
    keys = {name: rows.c[name] for name in BY}
    arrived = and_(rows.c.state == DeliveryState.DELIVERED, rows.c.took.is_not(None))
    key = (
        rows.c.tenant_id,
        *(each if name in by else func.max(each) for name, each in keys.items()),
        rows.c.state,
        case((arrived, bucket_of(rows.c.took))).label("bucket"),
    )
    sums = (func.max(rows.c.rule_name), func.max(rows.c.destination_name), func.count())
    query: Any = select(*key, *sums, *(func.sum(rows.c[name]) for name in _NOTED))
    return query.group_by(rows.c.tenant_id, rows.c.state, "bucket", *(keys[name] for name in by))


def _counted(session: Session, statement: Any, values: Mapping[str, Any] | None = None) -> Iterator[Counted]:
    found = session.execute(statement, values)
    for tenant_id, hour, rule_id, to, state, bucket, rule_name, name, count, *counts in found:
        measures: Measures = counter_of({state: count} | _nonzero(dict(zip(_NOTED, counts, strict=True))))
        if bucket is not None:
            measures[int(bucket)] += count
        yield Counted(tenant_id, hour, FigureKey(PAIR, rule_id, to), measures, rule_name, name)


def _rows(dialect: str, *conditions: Any) -> Any:
    """Build a table of what is counted of each delivery.

    It is materialized, since each of its expressions stands in many places of what counts it: merged into
    that, the milliseconds of a row would be computed two dozen times. The time of the event is a subquery:
    for a join SQLite first reads all events of the tenant into a Bloom filter.
    """
    of_event = (Event.tenant_id == Delivery.tenant_id, Event.id == Delivery.event_id)
    received = select(Event.received_at).where(*of_event).correlate(Delivery).scalar_subquery()
    is_sqlite = dialect == "sqlite"
    query: Any = select(
        Delivery.tenant_id,
        hour_in_sql(dialect, Delivery.created_at).label(HOUR),
        func.coalesce(Delivery.rule_id, 0).label(RULE),
        func.coalesce(Delivery.destination_id, 0).label(DESTINATION),
        Delivery.state,
        milliseconds_between(received, Delivery.finished_at, is_sqlite=is_sqlite).label("took"),
        Delivery.rule_name,
        Delivery.destination_name,
        _answers(func.count()).label(ANSWERS),
        _answers(func.sum(Attempt.took_ms)).label(ANSWER_MS),
        *(case((flag, 1), else_=0).label(name) for name, flag in _FLAGS.items()),
    )
    return query.where(COUNTS, *conditions).cte("counted").prefix_with("MATERIALIZED")


def _answers(what: Any) -> Any:
    """Build the SQL for something about the attempts that brought a delivery to Chat."""
    of_it = (Attempt.tenant_id == Delivery.tenant_id, Attempt.delivery_id == Delivery.id)
    arrived = Attempt.outcome == AttemptOutcome.DELIVERED
    return select(what).where(*of_it, arrived).correlate(Delivery).scalar_subquery()


def _presses(session: Session, *conditions: Any) -> Iterator[Counted]:
    card = and_(Delivery.tenant_id == CardAction.tenant_id, Delivery.id == CardAction.delivery_id)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    took = milliseconds_between(Delivery.finished_at, CardAction.created_at, is_sqlite=is_sqlite)
    is_claim = CardAction.do.in_(CLAIM_ACTIONS)
    key = (
        CardAction.tenant_id,
        hour_in_sql(session.get_bind().dialect.name, CardAction.created_at).label("hour"),
        CardAction.user_id,
        case((is_claim, literal(1)), else_=literal(0)).label("claimed"),
        case((and_(is_claim, took.is_not(None)), bucket_of(took))).label("bucket"),
    )
    query: Any = select(*key, func.count()).join(Delivery, card)
    query = query.where(CardAction.state == CardActionState.DONE, *conditions)
    query = query.group_by(CardAction.tenant_id, CardAction.user_id, "hour", "claimed", "bucket")
    for tenant_id, hour, user_id, claimed, bucket, count in session.execute(query):
        measures: Measures = Counter({PRESSES: count})
        if claimed:
            measures[CLAIMS] = count
        if bucket is not None:
            measures[int(bucket)] += count
        yield Counted(tenant_id, hour, FigureKey(PERSON, user_id=user_id), measures)


def _nonzero(counts: dict[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in counts.items() if count}
