"""Sends scheduled reports: one card at its time for each space or person that wants one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog

from bot.cards.report import report_texts
from bot.cards.sales_report import gone_texts, sales_texts
from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
from jobs.to_pipedrive.client import BACKGROUND_HALF, Pipedrive
from models.accounts.actor import Actor
from models.accounts.features import FeatureDisabled
from models.attention.scheduled_reports import (
    RANGE_OF,
    SALES_KINDS,
    advance,
    destination_of,
    due_schedules,
    reader_of,
    tenants_with_due,
)
from models.clock import monotonic, now
from models.connections.queries import OwnGrant, own_grant
from models.database.engine import Database, Session
from models.errors import AppError, NotAllowed, TemporaryFailure
from models.reports.report import Report, make_report
from models.sales_reports.open_deals import summary_filters, summed_up, with_summary
from models.sales_reports.rows import SalesReport
from models.sales_reports.scheduled import make_scheduled
from models.tables.reports import ReportEvery, ReportSchedule, SalesReportKind

Drawn = Callable[[], dict[str, Any]]
TIMEOUT_S: Final = 2.0
REST_S: Final = 60.0

log = structlog.get_logger()


class ScheduledReports:
    """Sends the reports of all tenants."""

    def __init__(self, database: Database, cards: SummaryCards, pipedrive: Pipedrive | None = None) -> None:
        self._database = database
        self._open_deals = _OpenDeals(pipedrive) if pipedrive is not None else None
        self._cards = cards
        turns = LeasedTurns(
            database,
            "scheduled reports",
            lambda session: tenants_with_due(session, now()),
            lambda session, tenant_id: due_schedules(session, tenant_id, now()),
            self._send,
        )
        self.run = turns.run

    def _send(self, schedule: ReportSchedule) -> None:
        """Create the delivery of a report, then let the next one be due: each may be repeated after a crash.

        The delivery's id is made from the token of the schedule, which changes with the next report. A clock
        that was set back a moment ago does not make the same one due again.
        """
        at, drawn = max(now(), schedule.due_at), self._read(schedule)
        if drawn is not None:
            self._create(schedule, drawn)
        with self._database.writing(schedule.tenant_id) as session:
            advance(session, schedule, at)

    def _read(self, schedule: ReportSchedule) -> Drawn | None:
        """Return what draws the report, None for who may read none any more."""
        with self._database.reading(schedule.tenant_id) as session:
            reader = reader_of(session, schedule)
            if reader is None:
                return None
            try:
                made = _make(session, reader, schedule)
            except (NotAllowed, FeatureDisabled):
                return None
            grant = own_grant(session, schedule.tenant_id, reader.user_id) if reader.user_id else None
        if isinstance(made, SalesReport) and grant is not None and self._open_deals is not None:
            made = self._open_deals.counted(schedule.tenant_id, grant, made, schedule.pipeline)
        return _texts_of(made, schedule)

    def _create(self, schedule: ReportSchedule, drawn: Drawn) -> None:
        with self._database.writing(schedule.tenant_id) as session:
            destination = destination_of(session, schedule)
        if destination is not None:
            self._cards.create_one(schedule.tenant_id, destination, schedule.token, drawn, now())


def _make(session: Session, reader: Actor, schedule: ReportSchedule) -> Report | SalesReport | None:
    if schedule.by in SALES_KINDS:
        return make_scheduled(session, reader, schedule)
    return make_report(session, reader, RANGE_OF[ReportEvery(schedule.every)], schedule.by)


def _texts_of(made: Report | SalesReport | None, schedule: ReportSchedule) -> Drawn:
    if made is None:
        return partial(gone_texts, SalesReportKind(schedule.by))
    if isinstance(made, SalesReport):
        return partial(sales_texts, made)
    return partial(report_texts, made, ReportEvery(schedule.every))


class _OpenDeals:
    """Asks Pipedrive what the open deals of a report come to, which our record cannot know in full.

    The other jobs of a sweep wait meanwhile, so nobody is asked for a while after there was no answer.
    """

    def __init__(self, pipedrive: Pipedrive) -> None:
        self._pipedrive = pipedrive
        self._rests_until = 0.0

    def counted(self, tenant_id: int, grant: OwnGrant, report: SalesReport, pipeline_id: str) -> SalesReport:
        """Return a report with Pipedrive's count, as its reader may see it there; else with our record's.

        Their own token asks, so that Pipedrive decides what is counted. Not to be called in a transaction.
        """
        if report.kind is not SalesReportKind.PIPELINE or monotonic() < self._rests_until:
            return report
        filters = summary_filters(report, pipeline_id, grant.pipedrive_user_id)
        try:
            summary = self._pipedrive.as_tenant(
                tenant_id,
                lambda api: api.deals_summary(**filters),
                user_id=grant.token_user_id,
                spending=BACKGROUND_HALF,
                timeout_s=TIMEOUT_S,
            )
        except AppError as refused:
            if isinstance(refused, TemporaryFailure):
                self._rests_until = monotonic() + REST_S
            log.info("report.without_summary", tenant_id=tenant_id, why=refused.code)
            return report
        totals = summed_up(summary)
        return report if totals is None else with_summary(report, totals)
