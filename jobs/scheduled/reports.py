"""Sends scheduled reports: one card at its time for each space or person that wants one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.cards.report import report_texts
from bot.cards.sales_report import gone_texts, sales_texts
from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
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
from models.clock import now
from models.database.engine import Database, Session
from models.errors import NotAllowed
from models.reports.report import make_report
from models.sales_reports.scheduled import make_scheduled
from models.tables.reports import ReportEvery, ReportSchedule, SalesReportKind

Drawn = Callable[[], dict[str, Any]]


class ScheduledReports:
    """Sends the reports of all tenants."""

    def __init__(self, database: Database, cards: SummaryCards) -> None:
        self._database = database
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

        The delivery's id is made from the token of the schedule, which changes with the next report.
        """
        at, drawn = now(), self._read(schedule)
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
                return _read_report(session, reader, schedule)
            except (NotAllowed, FeatureDisabled):
                return None

    def _create(self, schedule: ReportSchedule, drawn: Drawn) -> None:
        with self._database.writing(schedule.tenant_id) as session:
            destination = destination_of(session, schedule)
        if destination is not None:
            self._cards.create_one(schedule.tenant_id, destination, schedule.token, drawn, now())


def _read_report(session: Session, reader: Actor, schedule: ReportSchedule) -> Drawn:
    every = ReportEvery(schedule.every)
    if schedule.by in SALES_KINDS:
        made = make_scheduled(session, reader, schedule)
        kind = SalesReportKind(schedule.by)
        return partial(sales_texts, made) if made is not None else partial(gone_texts, kind)
    return partial(report_texts, make_report(session, reader, RANGE_OF[every], schedule.by), every)
