"""Sends scheduled reports: one card at its time for each space or person that wants one."""

from __future__ import annotations

from typing import Any

from bot.cards.report import report_texts
from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
from models.accounts.features import FeatureDisabled
from models.attention.scheduled_reports import (
    RANGE_OF,
    advance,
    destination_of,
    due_schedules,
    reader_of,
    tenants_with_due,
)
from models.clock import now
from models.database.engine import Database
from models.errors import NotAllowed
from models.reports.report import Report, make_report
from models.tables.reports import ReportEvery, ReportSchedule


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
        at, report = now(), self._read(schedule)
        if report is not None:
            self._create(schedule, report)
        with self._database.writing(schedule.tenant_id) as session:
            advance(session, schedule, at)

    def _read(self, schedule: ReportSchedule) -> Report | None:
        """Return the report, None for who may read none any more."""
        with self._database.reading(schedule.tenant_id) as session:
            reader = reader_of(session, schedule)
            if reader is None:
                return None
            try:
                return make_report(session, reader, RANGE_OF[ReportEvery(schedule.every)], schedule.by)
            except (NotAllowed, FeatureDisabled):
                return None

    def _create(self, schedule: ReportSchedule, report: Report) -> None:
        with self._database.writing(schedule.tenant_id) as session:
            destination = destination_of(session, schedule)
        if destination is None:
            return

        def drawn() -> dict[str, Any]:
            return report_texts(report, ReportEvery(schedule.every))

        self._cards.create_one(schedule.tenant_id, destination, schedule.token, drawn, now())
