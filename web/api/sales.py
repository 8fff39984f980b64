"""Sales reports by REST: the rows of each, its totals first, as JSON and as CSV."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from models.accounts.features import Feature
from models.sales_reports.report import make_sales_report, usual_range
from models.sales_reports.rows import SalesReport, SalesRow
from models.tables.reports import SalesReportKind
from web.api.limits import ANALYTICS as LIMIT
from web.api.paging import Page, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Moment, Out, Params

SALES: Final = Routes(
    "sales-reports", "read:analytics", "write:analytics", LIMIT, (Feature.API, Feature.ANALYTICS)
)


class SalesParams(Params):
    """How far back, and of which pipeline (its name or its id).

    `monday` is since last Monday, on a Monday since the one before, by the team's clock.
    """

    range: Literal["monday", "1d", "today", "7d", "30d", "90d"] | None = None
    pipeline: str = Field("", max_length=100)
    format: Literal["json", "csv"] | None = None


class SalesRowOut(Out):
    """One row. `part` says of what; a row with `is_total` sums up a part in one currency.

    `count` is out of `of`, which is `percent`. `was` and `became` are two stages or two days, `notes` what is
    at risk. `since` is when the range begins; where our record begins later, `counted_since` says when.
    """

    part: str
    is_total: bool
    name: str
    id: str
    owner: str
    pipeline: str
    count: int | None
    of: int | None
    percent: float | None
    amount: float | None
    currency: str
    was: str
    became: str
    median_seconds: float | None
    notes: str
    since: Moment
    counted_since: Moment | None


@SALES.get(
    "/analytics/pipeline/<tenant>",
    summary="Review the pipeline",
    data=SalesRowOut,
    params=SalesParams,
    is_list=True,
    as_csv=True,
)
def pipeline(call: ApiCall) -> Page:
    return _rows(call, SalesReportKind.PIPELINE)


@SALES.get(
    "/analytics/leaders/<tenant>",
    summary="Won value by person",
    data=SalesRowOut,
    params=SalesParams,
    is_list=True,
    as_csv=True,
)
def leaders(call: ApiCall) -> Page:
    return _rows(call, SalesReportKind.LEADERS)


@SALES.get(
    "/analytics/funnel/<tenant>",
    summary="How far leads and deals come",
    data=SalesRowOut,
    params=SalesParams,
    is_list=True,
    as_csv=True,
)
def funnel(call: ApiCall) -> Page:
    return _rows(call, SalesReportKind.FUNNEL)


@SALES.get(
    "/analytics/response/<tenant>",
    summary="How fast leads are answered",
    data=SalesRowOut,
    params=SalesParams,
    is_list=True,
    as_csv=True,
)
def response(call: ApiCall) -> Page:
    return _rows(call, SalesReportKind.RESPONSE)


def _rows(call: ApiCall, kind: SalesReportKind) -> Page:
    call.require_own_tenant()
    params: SalesParams = call.params
    days = params.range or usual_range(kind)
    report = make_sales_report(call.session, call.actor, kind, days, params.pipeline)
    return whole_list([_draw(report, row) for row in report.rows])


def _draw(report: SalesReport, row: SalesRow) -> SalesRowOut:
    return SalesRowOut(
        part=row.part,
        is_total=row.is_total,
        name=row.name,
        id=row.id,
        owner=row.owner,
        pipeline=row.pipeline,
        count=row.count,
        of=row.of,
        percent=row.percent,
        amount=None if row.amount is None else float(row.amount),
        currency=row.currency,
        was=row.was,
        became=row.became,
        median_seconds=row.seconds,
        notes=" ".join(row.notes),
        since=report.since,
        counted_since=report.counted_since,
    )
