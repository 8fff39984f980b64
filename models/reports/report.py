"""The report that people read in Chat: figures of a range, and its parts by rule, space, person or day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action, Scope
from models.clock import now
from models.destinations.not_arriving import not_arriving
from models.destinations.queries import space_titles
from models.reports import figures, people
from models.reports.at_a_glance import Glance, read_glance
from models.reports.figures import Bucket, Figures, FiguresOf
from models.reports.people import PersonFigures
from models.reports.rows import CountedRows
from models.tables.deliveries import DeliveryState

TODAY: Final = "today"
REPORT_RANGES: Final = (TODAY, *(name for name in figures.RANGES if name != "1d"))
RULE, SPACE, PERSON, DAY = "rule", "space", "person", "day"
GROUPINGS: Final = (RULE, SPACE, PERSON, DAY)
TIMED: Final = slice(31)  # the parts of which a card shows how long they took


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One bar of a report. `count` is its length; `name` is empty for a day, which has `at` instead.

    `at` is a moment of the tenant's zone. `failed` of them are dead. `p50_ms` is how long half of them took:
    to arrive, of a person to be claimed. `cards` is how many direct messages a person got, None otherwise.
    """

    name: str
    count: int
    failed: int = 0
    p50_ms: int | None = None
    at: datetime | None = None
    cards: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a range, and its parts. `is_own`: the reader sees no more than what is theirs.

    `not_arriving` names the destinations of the team where no cards arrive now.
    """

    range: str
    by: str
    whole: Figures
    parts: Sequence[ReportPart]
    is_own: bool
    not_arriving: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All figures of a range: at a glance, as a whole, over time, by rule, by destination and by person.

    `buckets` are hours for a day, else days, of the zone `zone`. Destinations have their titles as names; p50
    is known of those rules and destinations alone that are `TIMED`.
    """

    range: str
    glance: Glance
    whole: Figures
    buckets: Sequence[Bucket]
    rules: Sequence[FiguresOf]
    places: Sequence[FiguresOf]
    people: Sequence[PersonFigures]
    zone: ZoneInfo
    is_own: bool


def read_overview(session: Session, reader: Actor, range: str) -> Overview:
    """Return all figures of a range (of `figures.RANGES`) as the reader may see them.

    Raises NotAllowed, FeatureDisabled.
    """
    is_own = require(session, reader, Action.LOG_READ) is not Scope.TENANT
    require_feature(session, reader.tenant, Feature.ANALYTICS)
    since, rows = _days_back(range), CountedRows()
    titles = space_titles(session, reader.tenant)
    places = figures.by_destination(session, reader, since, rows, timed=TIMED)
    whole = figures.totals(session, reader, since, rows)
    return Overview(
        range,
        read_glance(session, reader, since, whole, places, rows),
        whole,
        figures.timeline(session, reader, since, now(), rows, hourly=range == "1d"),
        figures.by_rule(session, reader, since, rows, timed=TIMED),
        [replace(each, name=titles.get(each.name, each.name)) for each in places],
        people.by_person(session, reader, since, rows),
        ZoneInfo(get_tenant(session, reader.tenant).timezone),
        is_own,
    )


def make_report(session: Session, reader: Actor, range: str, by: str) -> Report:
    """Return a report as the reader may see it.

    `range` is one of REPORT_RANGES, `by` one of GROUPINGS. Raises NotAllowed, FeatureDisabled.
    """
    is_own = require(session, reader, Action.LOG_READ) is not Scope.TENANT
    require_feature(session, reader.tenant, Feature.ANALYTICS)
    is_today = range == TODAY
    since = figures.begin_of_today(session, reader.tenant) if is_today else _days_back(range)
    rows = CountedRows()
    whole = figures.totals(session, reader, since, rows)
    silent = [] if is_own else [each.title for each in not_arriving(session, reader.tenant)]
    return Report(range, by, whole, _PARTS[by](session, reader, since, rows), is_own, silent)


def _days_back(range: str) -> datetime:
    return figures.days_ago(figures.RANGES[range])


def _by_rule(session: Session, reader: Actor, since: datetime, rows: CountedRows) -> list[ReportPart]:
    return [_part(each.name, each) for each in figures.by_rule(session, reader, since, rows, timed=TIMED)]


def _by_space(session: Session, reader: Actor, since: datetime, rows: CountedRows) -> list[ReportPart]:
    titles = space_titles(session, reader.tenant)
    found = figures.by_destination(session, reader, since, rows, timed=TIMED)
    return [_part(titles.get(each.name, each.name), each) for each in found]


def _by_person(session: Session, reader: Actor, since: datetime, rows: CountedRows) -> list[ReportPart]:
    found = people.by_person(session, reader, since, rows)
    return [
        ReportPart(each.email, each.presses, p50_ms=each.claim_p50_ms, cards=each.cards) for each in found
    ]


def _by_day(session: Session, reader: Actor, since: datetime, rows: CountedRows) -> list[ReportPart]:
    zone = ZoneInfo(get_tenant(session, reader.tenant).timezone)
    buckets = figures.timeline(session, reader, since, now(), rows, hourly=False)
    return [
        ReportPart("", each.counts.total(), each.counts[DeliveryState.DEAD], at=each.at.astimezone(zone))
        for each in reversed(buckets)
    ]


def _part(name: str, each: FiguresOf) -> ReportPart:
    found = each.figures
    return ReportPart(name, found.total, found.counts[DeliveryState.DEAD], found.p50_ms)


_PARTS: Final[dict[str, Callable[[Session, Actor, datetime, CountedRows], list[ReportPart]]]] = {
    RULE: _by_rule,
    SPACE: _by_space,
    PERSON: _by_person,
    DAY: _by_day,
}
