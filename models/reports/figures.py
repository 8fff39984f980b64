"""Figures of a tenant's deliveries: how many, how they went, by rule, by destination, over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.deliveries.visible import visible_to
from models.reports.latency import bucket_of, milliseconds_between, percentile
from models.tables.deliveries import Attempt, AttemptOutcome, Delivery, DeliveryState
from models.tables.events import Event

RANGES: Final = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
OPEN: Final = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(slots=True)
class Figures:
    """Counts of deliveries by state, without test cards and notices; `average_ms` is of Chat's answers.

    `latencies` counts by buckets how long it took from the arrival of an event until its card was there; time
    in quiet hours is part of it.
    """

    counts: Counter[str] = field(default_factory=Counter)
    average_ms: float | None = None
    latencies: Counter[int] = field(default_factory=Counter)

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
class Bucket:
    """The figures of an hour or a day of the tenant's clock, which begins at `at`."""

    at: datetime
    counts: Counter[str]


def days_ago(days: int) -> datetime:
    """Return the moment so many days before now."""
    return now() - timedelta(days=days)


def totals(session: Session, reader: Actor, since: datetime) -> Figures:
    """Return the figures of all deliveries created since then that the reader may see."""
    query = select(Delivery.state, func.count()).where(*_counted(reader, since)).group_by(Delivery.state)
    found = Figures(Counter(dict(session.execute(query).all())))
    found.average_ms = session.scalar(_average(reader, since))
    found.latencies = Counter(dict(session.execute(_latencies(session, reader, since)).all()))
    return found


def by_rule(session: Session, reader: Actor, since: datetime) -> list[FiguresOf]:
    """Return the figures of each rule, the one with most deliveries first."""
    return _grouped(session, reader, since, (Delivery.rule_id, Delivery.rule_name))


def by_destination(session: Session, reader: Actor, since: datetime) -> list[FiguresOf]:
    """Return the figures of each destination, the one with most deliveries first."""
    return _grouped(session, reader, since, (Delivery.destination_id, Delivery.destination_name))


def begin_of_today(session: Session, tenant_id: int) -> datetime:
    """Return when the day began by the tenant's clock."""
    return _start(now(), ZoneInfo(get_tenant(session, tenant_id).timezone), hourly=False)


def timeline(
    session: Session, reader: Actor, since: datetime, until: datetime, *, hourly: bool
) -> list[Bucket]:
    """Return the counts of every hour or day, also of those without any, by the tenant's clock.

    Deliveries are counted by the hour (UTC) in which they were created; where a zone is half an hour apart,
    an hour counts where it begins.
    """
    zone = ZoneInfo(get_tenant(session, reader.tenant).timezone)
    created: Any = Delivery.created_at
    hour = (
        func.substr(created, 1, 13)
        if _is_sqlite(session)
        else func.to_char(func.timezone("UTC", created), _HOUR)
    )
    query = select(hour.label("hour"), Delivery.state, func.count()).where(*_counted(reader, since))
    query = query.group_by("hour", Delivery.state)
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    for text, state, count in session.execute(query):
        at = datetime.fromisoformat(f"{str(text).replace(' ', 'T')}:00:00").replace(tzinfo=UTC)
        counts[_start(max(at, since), zone, hourly=hourly)][state] += count
    return [Bucket(at, counts[at]) for at in _starts(since, until, zone, hourly=hourly)]


_HOUR: Final = "YYYY-MM-DD HH24"


def _start(at: datetime, zone: ZoneInfo, *, hourly: bool) -> datetime:
    """Return when the hour or the day of a moment begins."""
    local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return (local if hourly else local.replace(hour=0, fold=0)).astimezone(UTC)


def _starts(since: datetime, until: datetime, zone: ZoneInfo, *, hourly: bool) -> Iterable[datetime]:
    at, step = _start(since, zone, hourly=hourly), timedelta(hours=1 if hourly else 26)
    while at <= until:
        yield at
        at = _start(at + step, zone, hourly=hourly)  # a day has up to 25 hours


def _grouped(session: Session, reader: Actor, since: datetime, key: Sequence[Any]) -> list[FiguresOf]:
    query: Any = select(*key, Delivery.state, func.count()).where(*_counted(reader, since))
    found: dict[int | None, Figures] = defaultdict(Figures)
    names: dict[int | None, str] = {}
    for number, name, state, count in session.execute(query.group_by(*key, Delivery.state)):
        found[number].counts[state] += count
        names[number] = name
    for number, average in session.execute(_average(reader, since, key[0]).group_by(key[0])):
        found[number].average_ms = average
    for number, bucket, count in session.execute(_latencies(session, reader, since, key[0])):
        found[number].latencies[bucket] += count
    rows = [FiguresOf(number, names.get(number, ""), figures) for number, figures in found.items()]
    return sorted(rows, key=lambda row: (-row.figures.total, row.name))


def _counted(reader: Actor, since: datetime) -> tuple[Any, ...]:
    no_message_of_ours = (Delivery.is_test.is_(False), Delivery.notice.is_(None))
    mine = (Delivery.tenant_id == reader.tenant, visible_to(reader, Action.LOG_READ))
    return (*mine, Delivery.created_at >= since, *no_message_of_ours)


def _average(reader: Actor, since: datetime, *key: Any) -> Any:
    of_it = and_(Attempt.tenant_id == Delivery.tenant_id, Attempt.delivery_id == Delivery.id)
    average = func.avg(Attempt.took_ms).label("average")
    query = select(*key, average).select_from(Delivery).join(Attempt, of_it)
    arrived = (Attempt.tenant_id == reader.tenant, Attempt.outcome == AttemptOutcome.DELIVERED)
    return query.where(*arrived, *_counted(reader, since))


def _latencies(session: Session, reader: Actor, since: datetime, *key: Any) -> Any:
    """Count the deliveries that arrived by the bucket of their latency."""
    of_it = and_(Event.tenant_id == Delivery.tenant_id, Event.id == Delivery.event_id)
    took = milliseconds_between(Event.received_at, Delivery.finished_at, is_sqlite=_is_sqlite(session))
    bucket = bucket_of(took).label("bucket")
    query = select(*key, bucket, func.count()).select_from(Delivery).join(Event, of_it)
    arrived = (Event.tenant_id == reader.tenant, Delivery.state == DeliveryState.DELIVERED)
    has_ended = Delivery.finished_at.is_not(None)
    return query.where(*arrived, has_ended, *_counted(reader, since)).group_by(*key, "bucket")


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
