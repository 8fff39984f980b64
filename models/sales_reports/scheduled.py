"""Schedules reports; a sales report may be of one pipeline, by its name or its number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import RANGE_OF, SALES_KINDS, ReportDraft, set_schedule
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.sales_reports.reader import pipeline_named, pipeline_names
from models.sales_reports.report import make_sales_report, without_pipeline
from models.sales_reports.rows import SalesReport
from models.tables.reports import ReportEvery, ReportSchedule, SalesReportKind


def schedule_report(
    session: Session, actor: Actor, target: MuteTarget, draft: ReportDraft, timezone: str, at: datetime
) -> ReportSchedule:
    """Schedule a report; the draft's `pipeline` are words that name one, empty for all.

    Raises as `set_schedule`, and InvalidRequest with the pipelines that there are.
    """
    require(session, actor, Action.LOG_READ)
    typed = draft.pipeline.strip()[:60]
    if typed and draft.by not in SALES_KINDS:
        raise InvalidRequest.of_field(
            "pipeline",
            tr(
                "Only a sales report is of one pipeline, such as pipeline, leaders or funnel. Leave out"
                " “{typed}”, or say which report.",
                typed=typed,
            ),
        )
    if typed and draft.by == SalesReportKind.RESPONSE:
        raise without_pipeline(typed)
    pipeline_id = pipeline_named(pipeline_names(session, actor.tenant), typed) if typed else None
    return set_schedule(session, actor, target, replace(draft, pipeline=pipeline_id or ""), timezone, at)


def make_scheduled(session: Session, reader: Actor, schedule: ReportSchedule) -> SalesReport | None:
    """Return a scheduled sales report as its reader may see it, None if its pipeline is no more.

    Raises as `make_sales_report`.
    """
    if schedule.pipeline and schedule.pipeline not in pipeline_names(session, schedule.tenant_id):
        return None
    days = RANGE_OF[ReportEvery(schedule.every)]
    return make_sales_report(session, reader, SalesReportKind(schedule.by), days, schedule.pipeline)
