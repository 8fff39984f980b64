"""Makes the sales reports: each kind for a range, as its reader may see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.sales_reports.deal_history import read_history
from models.sales_reports.funnel import deal_funnel, lead_funnel, leads_since, source_conversion
from models.sales_reports.leaders import rank_leaders
from models.sales_reports.open_deals import known_open
from models.sales_reports.pipeline import review_moves
from models.sales_reports.reader import (
    MONDAY,
    SalesReader,
    begin_of_range,
    pipeline_named,
    pipeline_names,
    sales_reader,
)
from models.sales_reports.response import claim_times, first_response
from models.sales_reports.risks import find_risks
from models.sales_reports.rows import SalesReport, SalesRow
from models.tables.reports import SalesReportKind


class _Span(NamedTuple):
    since: datetime
    until: datetime
    pipeline_id: str | None


class _Made(NamedTuple):
    rows: Sequence[SalesRow]
    counted_since: datetime | None
    unknown: tuple[str, ...] = ()


def usual_range(kind: SalesReportKind) -> str:
    """Return the range of a report that is asked for without one."""
    return MONDAY if kind is SalesReportKind.PIPELINE else "30d"


def make_sales_report(
    session: Session, actor: Actor, kind: SalesReportKind, range: str, pipeline: str = ""
) -> SalesReport:
    """Return a report as the actor may see it: all of the team, or only what is theirs.

    `range` is one of SALES_RANGES or `1d`; `pipeline` are words that name one, empty for all. Raises
    NotAllowed, FeatureDisabled, InvalidRequest.
    """
    reader = sales_reader(session, actor)
    known = pipeline_names(session, actor.tenant) if pipeline else {}
    pipeline_id, at = pipeline_named(known, pipeline), now()
    span = _Span(begin_of_range(range, at, reader.zone), at, pipeline_id)
    made = _MAKERS[kind](session, reader, span)
    return SalesReport(
        kind,
        range,
        span.since,
        at,
        made.rows,
        made.counted_since,
        is_own=not reader.sees_team,
        pipeline=reader.names.text("pipeline", pipeline_id) or "",
        timezone=str(reader.zone),
        unknown=made.unknown,
    )


def _pipeline(session: Session, reader: SalesReader, span: _Span) -> _Made:
    history = read_history(session, reader, *span)
    risks, unknown = find_risks(session, reader, span.until, span.pipeline_id)
    known = known_open(session, reader, span.pipeline_id)
    rows = [*review_moves(history.stories, reader), *known, *risks]
    return _Made(rows, history.counted_since, unknown)


def _leaders(session: Session, reader: SalesReader, span: _Span) -> _Made:
    history = read_history(session, reader, *span)
    return _Made(rank_leaders(history.stories, reader), history.counted_since)


def _funnel(session: Session, reader: SalesReader, span: _Span) -> _Made:
    history = read_history(session, reader, *span)
    stages, unknown = deal_funnel(history.stories, reader)
    if span.pipeline_id is not None:  # a lead is in none
        return _Made(stages, history.counted_since, unknown)
    leads, since, cut = leads_since(session, reader, span.since, span.until)
    begins = [each for each in (history.counted_since, since) if each is not None]
    rows = [*lead_funnel(leads), *source_conversion(leads), *stages]
    return _Made(rows, max(begins, default=None), (*unknown, *cut))


def _response(session: Session, reader: SalesReader, span: _Span) -> _Made:
    if span.pipeline_id is not None:
        raise without_pipeline(reader.names.text("pipeline", span.pipeline_id) or "")
    leads, since, cut = leads_since(session, reader, span.since, span.until)
    return _Made([*first_response(leads), *claim_times(session, reader, leads)], since, cut)


def without_pipeline(typed: str) -> InvalidRequest:
    """Return the refusal of a pipeline for the answers to leads."""
    return InvalidRequest.of_field(
        "pipeline", tr("The answer to leads has no pipeline, so leave out “{typed}”.", typed=typed)
    )


_MAKERS: Final[dict[SalesReportKind, Callable[[Session, SalesReader, _Span], _Made]]] = {
    SalesReportKind.PIPELINE: _pipeline,
    SalesReportKind.LEADERS: _leaders,
    SalesReportKind.FUNNEL: _funnel,
    SalesReportKind.RESPONSE: _response,
}
