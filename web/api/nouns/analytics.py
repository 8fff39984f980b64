"""analytics and the dashboard: how many deliveries, how they went, by rule, by destination, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from models.accounts.features import Feature
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import connection_word, count_working, get_connection
from models.destinations.not_arriving import not_arriving
from models.reports import figures
from models.reports.at_a_glance import read_glance
from models.reports.figures import OPEN, Bucket, Figures, FiguresOf
from models.reports.measures import COALESCED, MUTED, REDACTED, WAS_HELD
from models.reports.people import by_person
from models.reports.rows import CountedRows
from models.rules.queries import count_rules
from models.tables.deliveries import DeliveryState
from web.api.csv_table import wants_csv
from web.api.limits import ANALYTICS as LIMIT
from web.api.nouns.ranges import RangeName, begin_of
from web.api.paging import Page, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, Moment, Out, PageParams, Params

ANALYTICS: Final = Routes(
    "analytics", "read:analytics", "write:analytics", LIMIT, (Feature.API, Feature.ANALYTICS)
)
BUSIEST: Final = slice(10)  # rules and destinations on the dashboard
GLANCE: Final = ("sent_last_hour", "sent_last_day", "failed_percent", "read_percent", "by_channel")
MONITORING: Final = Routes("monitoring", "read:analytics", "write:analytics")


class RangeParams(Params):
    """How far back."""

    range: RangeName = "7d"


class TableParams(RangeParams):
    """How far back, and as what: without `format`, the header Accept may ask for `text/csv`."""

    format: Literal["json", "csv"] | None = None


class RowsParams(TableParams, PageParams):
    """Which rows of a table, the busiest first: a page, as CSV all of them."""

    @property
    def rows(self) -> slice:
        """Which rows are answered."""
        return figures.EACH if wants_csv(self) else slice(self.offset, self.offset + self.size)


class DashboardParams(RangeParams):
    """How far back: a range, or days."""

    days: int | None = Field(None, ge=1, le=90)


class FiguresOut(Out):
    """Counts of deliveries created in the range; `success_percent` is of those that arrived or failed.

    Of all of them, `was_held` were held and let go, `muted` were skipped by a mute, `coalesced` are on the
    message of another one, and `redacted` do not show what happened.
    `average_response_time` is how long Chat took to answer; `p50_ms` and `p95_ms` are from the arrival of an
    event until its card was there, with the time in quiet hours, and at most 5 % wrong. All in milliseconds.
    """

    total: int
    delivered: int
    failed: int
    skipped: int
    held: int
    digested: int
    pending: int
    success_percent: float | None
    was_held: int
    muted: int
    coalesced: int
    redacted: int
    average_response_time: float | None
    p50_ms: int | None
    p95_ms: int | None


class FiguresOfOut(FiguresOut):
    """The figures of a rule or a destination; what was removed keeps its last name."""

    id: Id | None
    name: str


class PersonOut(Out):
    """The direct messages that a person got, what they pressed on cards, and how fast they claimed."""

    email: str
    cards: int
    presses: int
    claims: int
    claim_p50_ms: int | None


class BucketOut(Out):
    """What was created in one hour or day of the tenant's clock."""

    at: Moment
    total: int
    delivered: int
    failed: int
    skipped: int
    held: int
    digested: int
    pending: int


class AnalyticsOut(FiguresOut):
    """All figures of a range, the busiest rules and destinations first."""

    range: str
    rules: list[FiguresOfOut]
    channels: list[FiguresOfOut]


class SummaryOut(Out):
    """The figures of each range."""

    ranges: dict[str, FiguresOut]


class DashboardOut(FiguresOut):
    """The figures of some days, and the state of what they depend on.

    `sent_last_hour` and `sent_last_day` arrived of what was created then; `failed_percent` is of those that
    arrived or failed, `read_percent` of the notifications in inboxes. `by_channel` counts what arrived by the
    kind of its destination, empty for one that is gone. `connections` are the authorisations at Pipedrive
    that work: the team's and its people's. `paused` refused cards for good; `not_arriving` get none now.
    """

    days: int
    sent_last_hour: int
    sent_last_day: int
    failed_percent: float | None
    read_percent: float | None
    by_channel: dict[str, int]
    connections: int
    rules_on: int
    rules_off: int
    connection: str
    paused: str | None
    not_arriving: list[str]


@ANALYTICS.get("/analytics/dashboard/<tenant>", summary="All figures", data=AnalyticsOut, params=RangeParams)
def dashboard(call: ApiCall) -> dict[str, Any]:
    since, rows = _since(call), CountedRows()
    whole = _draw(figures.totals(call.session, call.actor, since, rows))
    rules = figures.by_rule(call.session, call.actor, since, rows, timed=BUSIEST)[BUSIEST]
    channels = figures.by_destination(call.session, call.actor, since, rows, timed=BUSIEST)[BUSIEST]
    lists = {"rules": list(map(draw_figures_of, rules)), "channels": list(map(draw_figures_of, channels))}
    return {**whole, "range": call.params.range, **lists}


@ANALYTICS.get(
    "/analytics/rules/<tenant>",
    summary="By rule",
    data=FiguresOfOut,
    params=RowsParams,
    is_list=True,
    as_csv=True,
)
def by_rule(call: ApiCall) -> Page:
    params: RowsParams = call.params
    return _page(params, figures.by_rule(call.session, call.actor, _since(call), timed=params.rows))


@ANALYTICS.get(
    "/analytics/channels/<tenant>",
    summary="By destination",
    data=FiguresOfOut,
    params=RowsParams,
    is_list=True,
    as_csv=True,
)
def by_channel(call: ApiCall) -> Page:
    params: RowsParams = call.params
    return _page(params, figures.by_destination(call.session, call.actor, _since(call), timed=params.rows))


@ANALYTICS.get(
    "/analytics/people/<tenant>",
    summary="By person",
    data=PersonOut,
    params=TableParams,
    is_list=True,
    as_csv=True,
)
def people(call: ApiCall) -> Page:
    found = by_person(call.session, call.actor, _since(call))
    return whole_list([PersonOut.model_validate(each) for each in found])


@ANALYTICS.get(
    "/analytics/timeline/<tenant>",
    summary="Over time",
    data=BucketOut,
    params=TableParams,
    is_list=True,
    as_csv=True,
)
def over_time(call: ApiCall) -> Page:
    since, is_hourly = _since(call), call.params.range == "1d"
    buckets = figures.timeline(call.session, call.actor, since, now(), hourly=is_hourly)
    return whole_list(list(map(draw_bucket, buckets)))


@ANALYTICS.get("/analytics/summary/<tenant>", summary="Each range", data=SummaryOut, params=RangeParams)
def summary(call: ApiCall) -> dict[str, Any]:
    _since(call)
    rows = CountedRows()
    found = {name: figures.totals(call.session, call.actor, begin_of(name), rows) for name in figures.RANGES}
    return {"ranges": {name: _draw(each) for name, each in found.items()}}


@MONITORING.get(
    "/monitoring/dashboard/<tenant>", summary="How it goes", data=DashboardOut, params=DashboardParams
)
def monitor(call: ApiCall) -> dict[str, Any]:
    params: DashboardParams = call.params
    days = params.days or figures.RANGES[params.range]
    _since(call)
    since, rows = figures.days_ago(days), CountedRows()
    whole = figures.totals(call.session, call.actor, since, rows)
    places = figures.by_destination(call.session, call.actor, since, rows, timed=slice(0))
    glance = read_glance(call.session, call.actor, since, whole, places, rows)
    on, off = count_rules(call.session, call.tenant_id)
    silent = not_arriving(call.session, call.tenant_id)
    return {
        **_draw(whole),
        **{name: getattr(glance, name) for name in GLANCE},
        "connections": count_working(call.session, call.tenant_id),
        "days": days,
        "rules_on": on,
        "rules_off": off,
        "connection": connection_word(get_connection(call.session, call.tenant_id)),
        "paused": next((each.title for each in silent if each.is_paused), None),
        "not_arriving": [each.title for each in silent],
    }


def _page(params: RowsParams, found: Sequence[FiguresOf]) -> Page:
    return Page(list(map(draw_figures_of, found[params.rows])), len(found), params.page, params.size)


def _since(call: ApiCall) -> Any:
    """Return when the range begins, for the caller's own tenant. Raises NotFound, NotAllowed."""
    call.require_own_tenant()
    require(call.session, call.actor, Action.LOG_READ)
    return begin_of(call.params.range)


def draw_bucket(each: Bucket) -> BucketOut:
    """Return an hour or a day as programs read it."""
    return BucketOut(at=each.at, total=each.counts.total(), **_counts(each.counts))


def draw_figures_of(each: FiguresOf) -> dict[str, Any]:
    """Return the figures of a rule or a destination as programs read them."""
    return {"id": None if each.id is None else str(each.id), "name": each.name, **_draw(each.figures)}


def _draw(each: Figures) -> dict[str, Any]:
    average = None if each.average_ms is None else round(float(each.average_ms), 1)
    return {
        "total": each.total,
        **_counts(each.counts),
        "success_percent": each.success_percent,
        **{name: each.noted[name] for name in (WAS_HELD, MUTED, COALESCED, REDACTED)},
        "average_response_time": average,
        "p50_ms": each.p50_ms,
        "p95_ms": each.p95_ms,
    }


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    found = Counter(counts)
    return {
        "delivered": found[DeliveryState.DELIVERED],
        "failed": found[DeliveryState.DEAD],
        "skipped": found[DeliveryState.SKIPPED],
        "held": found[DeliveryState.HELD],
        "digested": found[DeliveryState.DIGESTED],
        "pending": sum(found[state] for state in OPEN),
    }
