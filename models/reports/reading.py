"""Reads what was counted since some time: whole periods from the roll-up, the rest from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.deliveries.visible import visible_to
from models.reports.kept_sums import StoredSums, kept_sums
from models.reports.measures import (
    ALL,
    COLUMNS,
    DESTINATION,
    ENDED,
    OF_ARRIVED,
    PAIR,
    PERSON,
    PRUNED,
    RULE,
    Measures,
    add_times,
    counter_of,
    measures_of,
    whole_of,
)
from models.reports.periods import HOUR as HOUR_LETTERS
from models.reports.periods import cover, next_full_hour, period_of
from models.reports.rows import HOUR, Counted, CountedRows, count_deliveries, count_open, count_presses
from models.tables.card_actions import CardAction
from models.tables.deliveries import Delivery
from models.tables.reports import Figure, FigureName, RollUp, StaleHour
from models.tables.rules import Rule

NOTHING: Final = Figure.kind.is_(None)  # no row has it
KIND: Final = {DESTINATION: Figure.destination_id, PAIR: Figure.rule_id, PERSON: Figure.user_id}
BY: Final = {DESTINATION: (DESTINATION,), PAIR: (RULE,)}  # what rows are counted by


@dataclass(frozen=True, slots=True)
class FigureSpan:
    """From when on a tenant's figures are read, and how.

    `periods` are read from the roll-up of this `version`, which goes up to `rolled_up`; `from_rows` are
    ranges whose rows are read. The last one has no end; all but the first begin and end at full hours.
    """

    tenant_id: int
    since: datetime
    rolled_up: datetime
    periods: list[str]
    from_rows: list[tuple[datetime, datetime | None]]
    version: int = 0


@dataclass(slots=True)
class Sums:
    """What was counted, by a key (an id, or an hour), and the last names of rules and destinations."""

    by_key: dict[Any, Measures] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def add(self, key: Any, measures: Measures) -> None:
        """Add measures to those of a key; neither are changed, since others may have them."""
        total = counter_of(self.by_key.get(key, {}))
        total.update(measures)
        self.by_key[key] = total


def span_since(session: Session, tenant_id: int, since: datetime) -> FigureSpan:
    """Return how the figures since a moment are read."""
    known = session.execute(select(RollUp.until, RollUp.version).where(RollUp.tenant_id == tenant_id)).first()
    first = next_full_hour(since)
    if known is None or known.until <= first:
        return FigureSpan(tenant_id, since, since, [], [(since, None)])
    until, version = known
    mine = (StaleHour.tenant_id == tenant_id, StaleHour.hour >= period_of(first))
    stale = session.scalars(select(StaleHour.hour).where(*mine, StaleHour.hour < period_of(until)).distinct())
    covered = cover(first, until, stale.all())
    edge = [(since, first)] if since < first else []
    from_rows = [*edge, *covered.from_rows, (until, None)]
    return FigureSpan(tenant_id, since, until, covered.periods, from_rows, version)


def sum_up(
    session: Session, reader: Actor, span: FigureSpan, kind: str, rows: CountedRows | None = None
) -> Sums:
    """Sum up what the reader may see: all of it (`ALL`), by rule (`PAIR`), by destination, or by person.

    The times of what was rolled up are not read (`add_stored_times`). `rows` are shared with other figures of
    the reader.
    """
    found = Sums(dict(_stored_sums(session, reader, span, kind)))
    for each in _counted(session, reader, span, kind, rows or CountedRows(), BY.get(kind, ())):
        key = _key(kind, each)
        found.add(key, each.measures)
        if name := each.rule_name if kind == PAIR else each.destination_name:
            found.names[key] = name
    return _seen_by(reader, found)


def _stored_sums(session: Session, reader: Actor, span: FigureSpan, kind: str) -> StoredSums:
    """Return the sums of the roll-up; nobody may change them."""

    def read() -> StoredSums:
        stored = KIND.get(kind, Figure.tenant_id)
        columns = [func.sum(getattr(Figure, name)).label(name) for name in COLUMNS]
        query = select(stored, *columns).where(*_stored(session, reader, span, kind)).group_by(stored)
        return {
            key: counter_of({name: int(n) for name, n in zip(COLUMNS, counts, strict=True) if n})
            for key, *counts in session.execute(query)
        }

    if kind == PERSON or reader.scope(Action.LOG_READ) is not Scope.TENANT:
        return read()
    return kept_sums(session, (span.tenant_id, span.version, kind, *span.periods), read)


def add_stored_times(
    session: Session,
    reader: Actor,
    span: FigureSpan,
    kind: str,
    found: Sums,
    keys: Collection[int] | None = None,
) -> None:
    """Add how long things took, as it was rolled up, to what was summed up of some keys; None is for all."""
    stored = KIND.get(kind, Figure.tenant_id)
    chosen = [] if keys is None else [stored.in_(keys)]
    query = select(stored, Figure.took).where(*_stored(session, reader, span, kind), *chosen)
    times: dict[int, Measures] = {}
    for key, took in session.execute(query):
        add_times(times.setdefault(key, Counter()), took)
    for key, measures in times.items():
        found.add(key, measures)


def by_hour(session: Session, reader: Actor, span: FigureSpan, rows: CountedRows | None = None) -> Sums:
    """Sum up by the hour and state what the reader may see."""
    found = Sums(dict(_stored_hours(session, reader, span)))
    for each in _counted(session, reader, span, ALL, rows or CountedRows(), (HOUR,)):
        found.add(each.hour, each.measures)
    return _seen_by(reader, found)


def _stored_hours(session: Session, reader: Actor, span: FigureSpan) -> StoredSums:
    """Return the sums of the hours of the roll-up; nobody may change them."""

    def read() -> StoredSums:
        return {
            hour: counter_of(dict(zip(ENDED, map(int, counts), strict=True)))
            for hour, *counts in session.execute(_hours(session, reader, span))
        }

    if not span.periods:
        return {}
    if reader.scope(Action.LOG_READ) is not Scope.TENANT:
        return read()
    return kept_sums(session, (span.tenant_id, span.version, HOUR, *span.periods), read)


def _hours(session: Session, reader: Actor, span: FigureSpan) -> Any:
    """Select the hours of the roll-up that no rows are read of."""
    columns = [func.sum(getattr(Figure, name)) for name in ENDED]
    first, last = period_of(next_full_hour(span.since)), period_of(span.rolled_up)
    whole = [Figure.period >= first, Figure.period < last, func.length(Figure.period) == HOUR_LETTERS]
    for begin, end in span.from_rows[:-1]:
        after = period_of(end or span.rolled_up)
        whole.append(~and_(Figure.period >= period_of(begin), Figure.period < after))
    mine = (Figure.tenant_id == span.tenant_id, *whole)
    where = (*mine, *_kind_seen_by(session, reader, ALL))
    return select(Figure.period, *columns).where(*where).group_by(Figure.period)


def _key(kind: str, each: Counted) -> int:
    whole = each.whole
    keys = {DESTINATION: whole.destination_id, PAIR: whole.rule_id, PERSON: whole.user_id}
    return keys.get(kind, each.tenant_id)


def _stored(session: Session, reader: Actor, span: FigureSpan, kind: str) -> tuple[Any, ...]:
    """Return the conditions of the figures in the roll-up that the reader may see."""
    mine = (Figure.tenant_id == span.tenant_id, Figure.period.in_(span.periods))
    if kind == PERSON:
        return (*mine, Figure.kind == PERSON, _own_presses(reader, Figure.user_id))
    return (*mine, *_kind_seen_by(session, reader, kind))


def _kind_seen_by(session: Session, reader: Actor, kind: str) -> tuple[Any, ...]:
    """Return the conditions of the whole that a reader may see, of pairs where that is not all of a kind."""
    if reader.scope(Action.LOG_READ) is Scope.TENANT:
        return (Figure.kind == kind,)
    return (Figure.kind == PAIR, _own_figures(session, reader))


def _own_presses(reader: Actor, column: Any) -> Any:
    if reader.scope(Action.LOG_READ) is Scope.TENANT:
        return column.is_not(None)
    return column == (reader.user_id or 0)


def _own_figures(session: Session, reader: Actor) -> Any:
    """Build for figures of pairs what `visible_to` is for deliveries."""
    scope = reader.scope(Action.LOG_READ)
    places = [reader.space] if reader.space else []
    if scope is Scope.OWN or reader.user_id is not None:
        places.append(reader.name.lower())
    names = (FigureName.tenant_id == reader.tenant, FigureName.kind == DESTINATION)
    to = session.scalars(select(FigureName.number).where(*names, FigureName.name.in_(places))).all()
    is_there = Figure.destination_id.in_(to)
    if scope is Scope.SPACE:
        return is_there
    if scope is not Scope.OWN:
        return NOTHING
    made = (Rule.tenant_id == reader.tenant, func.lower(Rule.made_by) == reader.name.lower())
    rules = session.scalars(select(Rule.id).where(*made)).all()
    return or_(is_there, Figure.rule_id.in_(rules))


def _counted(
    session: Session, reader: Actor, span: FigureSpan, kind: str, rows: CountedRows, by: tuple[str, ...]
) -> Iterable[Counted]:
    """Return what is counted from rows, and what is kept of rows of the same hours that were deleted.

    `by` is what it is told apart by, of what people pressed by all there is.
    """
    if kind == PERSON:
        return _pressed(session, reader, span)
    found = [
        each
        for part in span.from_rows
        for each in rows.get((part, by), partial(_sent, session, reader, *part, by=by))
    ]
    if not span.periods:
        return found
    # What is under way is in no roll-up, however long ago it was created.
    still_open = [visible_to(reader, Action.LOG_READ), Delivery.created_at >= span.since]
    still_open += _not_from_rows(span)
    key = (span.since, *span.from_rows, by)
    return found + rows.get(key, partial(count_open, session, span.tenant_id, *still_open, by=by))


def _sent(
    session: Session, reader: Actor, begin: datetime, end: datetime | None, *, by: tuple[str, ...]
) -> Iterator[Counted]:
    sees_all = reader.scope(Action.LOG_READ) is Scope.TENANT
    seen = () if sees_all else (visible_to(reader, Action.LOG_READ),)
    yield from count_deliveries(session, reader.tenant, begin, end, *seen, by=by)
    yield from _pruned(session, reader, PAIR, begin, end)


def _pressed(session: Session, reader: Actor, span: FigureSpan) -> Iterator[Counted]:
    own = _own_presses(reader, CardAction.user_id)
    for begin, end in span.from_rows:
        yield from count_presses(session, span.tenant_id, begin, end, own)
        yield from _pruned(session, reader, PERSON, begin, end)


def _not_from_rows(span: FigureSpan) -> list[Any]:
    """Return the conditions of the rows that are read of none of the ranges of a span."""
    created = Delivery.created_at
    ranges = [(created >= begin, created < end) for begin, end in span.from_rows if end is not None]
    return [created < span.rolled_up, *(~and_(*each) for each in ranges)]


def _pruned(
    session: Session, reader: Actor, kind: str, begin: datetime, end: datetime | None
) -> Iterator[Counted]:
    mine = (Figure.tenant_id == reader.tenant, Figure.kind == PRUNED[kind])
    hours = [Figure.period >= period_of(next_full_hour(begin))]
    hours += [Figure.period < period_of(end)] if end is not None else []
    if kind == PERSON:
        own = _own_presses(reader, Figure.user_id)
    elif reader.scope(Action.LOG_READ) is Scope.TENANT:
        own = Figure.kind.is_not(None)
    else:
        own = _own_figures(session, reader)
    for row in session.execute(select(Figure.__table__).where(*mine, *hours, own)):
        yield Counted(reader.tenant, row.period, whole_of(row), measures_of(row))


def _seen_by(reader: Actor, found: Sums) -> Sums:
    """Leave what has arrived to who sees no more than that."""
    if reader.scope(Action.LOG_READ) is Scope.SPACE:
        for key, measures in found.by_key.items():
            arrived = {each: n for each, n in measures.items() if isinstance(each, int) or each in OF_ARRIVED}
            found.by_key[key] = Counter(arrived)
    return found
