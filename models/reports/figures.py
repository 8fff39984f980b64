"""Figures of a tenant's deliveries: how many, how they went, by rule, by destination, over time."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.queries import get_tenant
from models.clock import now
from models.reports.latency import percentile
from models.reports.measures import (
    ALL,
    ANSWER_MS,
    ANSWERS,
    COALESCED,
    DESTINATION,
    MUTED,
    PAIR,
    REDACTED,
    RULE,
    WAS_HELD,
    Measures,
    counter_of,
    times_of,
)
from models.reports.periods import MINUTE, period_of
from models.reports.reading import (
    Sums,
    add_stored_times,
    by_hour,
    span_since,
    sum_up,
)
from models.reports.rows import CountedRows
from models.tables.deliveries import STATES, DeliveryState
from models.tables.destinations import Destination
from models.tables.reports import FigureName
from models.tables.rules import Rule

NOTED: Final = (WAS_HELD, MUTED, COALESCED, REDACTED, ANSWERS, ANSWER_MS)
RANGES: Final = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
EACH: Final = slice(None)
OPEN: Final = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(slots=True)
class Figures:
    """Counts of deliveries by state, without test cards and notices.

    `noted` counts what was done with them (`models.reports.measures`): held and let go, muted, coalesced into
    the message of another one, redacted; and how long Chat took to answer. `latencies` counts by buckets how
    long it took from the arrival of an event until its card was there; time in quiet hours is part of it.
    """

    counts: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)

    @property
    def average_ms(self) -> float | None:
        """How many milliseconds Chat took to answer on average; None where it answered nothing."""
        return self.noted[ANSWER_MS] / self.noted[ANSWERS] if self.noted[ANSWERS] else None

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def success_percent(self) -> float | None:
        """Of those that were sent or failed, how many arrived; None where there were none."""
        sent, failed = self.counts[DeliveryState.DELIVERED], self.counts[DeliveryState.DEAD]
        return round(100 * sent / (sent + failed), 2) if sent + failed else None

    @property
    def p50_ms(self) -> int | None:
        """In how many milliseconds half of the cards were there."""
        return percentile(self.latencies, 50)

    @property
    def p95_ms(self) -> int | None:
        """In how many milliseconds 95 of 100 cards were there."""
        return percentile(self.latencies, 95)


@dataclass(frozen=True, slots=True)
class FiguresOf:
    """The figures of a rule or a destination; `id` is None, and `name` the last one, of what was removed."""

    id: int | None
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class RankedFigures(Sequence[FiguresOf]):
    """The figures of rules or destinations in their order; those of one are made when it is read."""

    _order: Sequence[int]
    _names: Mapping[int, str]
    _kept: Collection[int]  # the numbers of what people have not removed
    _found: Sums

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> FiguresOf: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[FiguresOf]: ...

    def __getitem__(self, index: int | slice) -> FiguresOf | Sequence[FiguresOf]:
        if isinstance(index, slice):
            return list(map(self._made, self._order[index]))
        return self._made(self._order[index])

    def _made(self, number: int) -> FiguresOf:
        figures = _figures(self._found.by_key[number])
        return FiguresOf(number if number in self._kept else None, self._names.get(number, ""), figures)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The figures of an hour or a day of the tenant's clock, which begins at `at`."""

    at: datetime
    counts: Counter[str]


def days_ago(days: int) -> datetime:
    """Return the moment so many days before now."""
    return now() - timedelta(days=days)


def totals(session: Session, reader: Actor, since: datetime, rows: CountedRows | None = None) -> Figures:
    """Return the figures of all deliveries created since then that the reader may see.

    `rows`, here and below, are shared with other figures of the reader.
    """
    span = span_since(session, reader.tenant, since)
    found = sum_up(session, reader, span, ALL, rows)
    add_stored_times(session, reader, span, ALL, found)
    return _figures(found.by_key.get(reader.tenant, Counter()))


def by_rule(
    session: Session,
    reader: Actor,
    since: datetime,
    rows: CountedRows | None = None,
    *,
    timed: slice = EACH,
) -> Sequence[FiguresOf]:
    """Return the figures of each rule, the one with most deliveries first.

    `timed` is of which of them p50 and p95 are read.
    """
    return _named(session, reader, since, PAIR, rows, timed)


def by_destination(
    session: Session,
    reader: Actor,
    since: datetime,
    rows: CountedRows | None = None,
    *,
    timed: slice = EACH,
) -> Sequence[FiguresOf]:
    """Return the figures of each destination, the one with most deliveries first; `timed` as for rules."""
    return _named(session, reader, since, DESTINATION, rows, timed)


def begin_of_today(session: Session, tenant_id: int) -> datetime:
    """Return when the day began by the tenant's clock."""
    return _start(now(), ZoneInfo(get_tenant(session, tenant_id).timezone), hourly=False)


def timeline(
    session: Session,
    reader: Actor,
    since: datetime,
    until: datetime,
    rows: CountedRows | None = None,
    *,
    hourly: bool,
) -> list[Bucket]:
    """Return the counts of every hour or day, also of those without any, by the tenant's clock.

    Deliveries are counted by the hour (UTC) in which they were created; where a zone is half an hour apart,
    an hour counts where it begins.
    """
    zone = ZoneInfo(get_tenant(session, reader.tenant).timezone)
    buckets = [Bucket(at, Counter()) for at in _starts(since, until, zone, hourly=hourly)]
    begins = [period_of(each.at, MINUTE) for each in buckets]  # texts: they are compared thousands of times
    found = by_hour(session, reader, span_since(session, reader.tenant, since), rows)
    for hour, measures in found.by_key.items():
        counts = buckets[max(0, bisect_right(begins, f"{hour}:00") - 1)].counts
        for state, count in measures.items():
            if count and state in STATES:
                counts[state] += count
    return buckets


def _start(at: datetime, zone: ZoneInfo, *, hourly: bool) -> datetime:
    """Return when the hour or the day of a moment begins."""
    local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return (local if hourly else local.replace(hour=0, fold=0)).astimezone(UTC)


def _starts(since: datetime, until: datetime, zone: ZoneInfo, *, hourly: bool) -> Iterable[datetime]:
    at, step = _start(since, zone, hourly=hourly), timedelta(hours=1 if hourly else 26)
    while at <= until:
        yield at
        at = _start(at + step, zone, hourly=hourly)  # a day has up to 25 hours


def _named(
    session: Session, reader: Actor, since: datetime, kind: str, rows: CountedRows | None, timed: slice
) -> Sequence[FiguresOf]:
    span = span_since(session, reader.tenant, since)
    found = sum_up(session, reader, span, kind, rows)
    names, kept = _names_of(session, reader.tenant, RULE if kind == PAIR else kind, found)
    counts = {number: sum(map(measures.__getitem__, STATES)) for number, measures in found.by_key.items()}
    order = sorted(
        (number for number, n in counts.items() if n), key=lambda n: (-counts[n], names.get(n, ""))
    )
    add_stored_times(session, reader, span, kind, found, None if timed == EACH else order[timed])
    return RankedFigures(order, names, kept, found)


def _names_of(
    session: Session, tenant_id: int, kind: str, found: Sums
) -> tuple[dict[int, str], Collection[int]]:
    """Return the names of what was summed up by rule or destination: that of now, else the last one.

    And the numbers of those that people have not removed.
    """
    table: Any = Rule if kind == RULE else Destination
    mine = (FigureName.tenant_id == tenant_id, FigureName.kind == kind)
    last = session.execute(select(FigureName.number, FigureName.name).where(*mine)).all()
    current: dict[int, str] = dict(
        session.execute(select(table.id, table.name).where(table.tenant_id == tenant_id)).all()
    )
    return dict(last) | found.names | current, current.keys()


def _figures(measures: Measures) -> Figures:
    counts = counter_of({str(state): count for state in STATES if (count := measures[state])})
    noted = counter_of({name: count for name in NOTED if (count := measures[name])})
    return Figures(counts, noted, times_of(measures))
