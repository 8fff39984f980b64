"""Scheduled reports end to end: one card at its time, whatever dies, through quiet hours."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from jobs.names.cache import NameCache
from jobs.scheduled.reports import ScheduledReports
from jobs.scheduled.summary_cards import SummaryCards
from models.accounts.actor import system
from models.attention import scheduled_reports
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import ReportDraft, set_schedule, stop_in
from models.rules.rulesets import Rulesets
from models.tables import KnownName, MuteScope, QuietHours, ReportSchedule, Space
from models.tables.deliveries import DeliveryState
from models.tables.reports import ReportEvery
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, NoSource, link
from tests.models.leads.known import add_users
from tests.models.sales_reports.deals import add_pipelines, won

DAY_S = 86_400


@pytest.fixture
def reports(
    bench: Bench, tenants: TwoTenants, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> ScheduledReports:
    """A daily report at 12:30 in our space; the other tenant has its own space and none."""
    for module in ("reports", "leased_turns"):
        monkeypatch.setattr(f"jobs.scheduled.{module}.now", clock)
    bench.rulesets.fresh_s = -1.0
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    with bench.database.writing(tenants.ours) as session:
        draft = ReportDraft(ReportEvery.DAILY, "12:30")
        actor = system(tenants.ours, "test")
        set_schedule(session, actor, _place(session), draft, "UTC", bench.clock.at)
    return another(bench)


def another(bench: Bench) -> ScheduledReports:
    cards = SummaryCards(bench.database, NameCache(bench.database, NoSource()), Rulesets(fresh_s=-1.0))
    return ScheduledReports(bench.database, cards)


def _place(session: Any) -> MuteTarget:
    space_id = session.scalar(select(Space.id).where(Space.name == SPACE))
    return MuteTarget(MuteScope.SPACE, space_id=space_id)


def test_a_report_comes_once_at_its_time_and_again_the_next_day(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports
) -> None:
    reports.run()
    assert bench.deliveries(tenants.ours) == []
    for day in (1, 2):
        bench.clock.advance(DAY_S / 2)
        for _ in range(3):
            reports.run()
        bench.send_all(5)
        assert bench.titles() == ["Daily report"] * day
        bench.clock.advance(DAY_S / 2)
    assert bench.titles(OTHER_SPACE) == []
    assert bench.deliveries(tenants.theirs) == []


def test_a_clock_that_is_set_back_while_a_report_is_made_doubles_nothing(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ScheduledReports._send

    def set_back(worker: ScheduledReports, schedule: ReportSchedule) -> None:
        bench.clock.advance(-2)
        made(worker, schedule)

    monkeypatch.setattr(ScheduledReports, "_send", set_back)
    bench.clock.advance(1801)
    worker = another(bench)
    for _ in range(3):
        worker.run()
        bench.clock.advance(5)
    bench.send_all(5)

    assert bench.titles() == ["Daily report"]


def test_a_sales_report_comes_once_and_names_no_restricted_deal(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.sales_reports.report.now", bench.clock)
    at = bench.clock.at
    won(bench.database, tenants.ours, 1, title="Lamps", at=at)
    won(bench.database, tenants.ours, 2, title="Secret", at=at, seen_by=[2])
    add_users(bench.database, tenants.ours, 1, 2)
    with bench.database.writing(tenants.ours) as session:
        draft = ReportDraft(ReportEvery.DAILY, "12:30", by="pipeline")
        stop_in(session, system(tenants.ours, "test"), _place(session))
        set_schedule(session, system(tenants.ours, "test"), _place(session), draft, "UTC", at)
    bench.clock.advance(DAY_S / 2)
    for _ in range(3):
        reports.run()
    bench.send_all(5)
    texts = str(bench.only(tenants.ours).notice)

    assert bench.titles() == ["Pipeline review"]
    assert "Lamps" in texts
    assert "Secret" not in texts
    assert bench.deliveries(tenants.theirs) == []


def test_a_sales_report_of_one_pipeline_says_when_that_is_no_more(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.sales_reports.report.now", bench.clock)
    at, actor = bench.clock.at, system(tenants.ours, "test")
    add_pipelines(bench.database, tenants.ours, "Sales", "Renewals")
    won(bench.database, tenants.ours, 1, title="Lamps", at=at)
    won(bench.database, tenants.ours, 2, title="Chairs", at=at, pipeline_id=2)
    with bench.database.writing(tenants.ours) as session:
        stop_in(session, actor, _place(session))
        draft = ReportDraft(ReportEvery.DAILY, "12:30", by="pipeline", pipeline="2")
        set_schedule(session, actor, _place(session), draft, "UTC", at)
    bench.clock.advance(DAY_S / 2)
    reports.run()
    bench.send_all(5)
    first = str(bench.only(tenants.ours).notice)
    assert "Chairs" in first
    assert "Lamps" not in first

    with bench.database.writing_all() as session:
        session.execute(delete(KnownName).where(KnownName.text == "Renewals"))
    bench.clock.advance(DAY_S)
    reports.run()
    bench.send_all(5)
    last = str(bench.deliveries(tenants.ours)[-1].notice)
    assert "no longer in Pipedrive" in last
    assert "Chairs" not in last


def test_a_worker_that_dies_between_any_two_steps_loses_and_doubles_nothing(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process is gone."""

    def die(*_: object) -> None:
        raise Killed

    bench.clock.advance(3600)
    for step in ("make_report", "destination_of", "advance"):
        with monkeypatch.context() as patch:
            patch.setattr(f"jobs.scheduled.reports.{step}", die)
            with pytest.raises(Killed):
                reports.run()
    reports.run()
    reports.run()
    bench.send_all(5)
    assert bench.titles() == ["Daily report"]


def test_a_report_in_quiet_hours_comes_when_they_end(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports
) -> None:
    window: dict[str, Any] = {"scope": "tenant", "starts": "11:00", "ends": "13:30", "timezone": "UTC"}
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with bench.database.writing(tenants.ours) as session:
        session.add(QuietHours(tenant_id=tenants.ours, days=days, **window))
    bench.clock.advance(3600)
    reports.run()
    assert bench.only(tenants.ours).state == DeliveryState.HELD
    assert bench.only(tenants.ours).next_attempt_at.strftime("%H:%M") == "13:30"


def test_a_stopped_report_comes_no_more(bench: Bench, tenants: TwoTenants, reports: ScheduledReports) -> None:
    with bench.database.writing(tenants.ours) as session:
        assert stop_in(session, system(tenants.ours, "test"), _place(session)) == 1
    bench.clock.advance(3600)
    reports.run()
    assert bench.deliveries(tenants.ours) == []


def test_what_was_set_while_a_report_was_sent_stays(
    bench: Bench, tenants: TwoTenants, reports: ScheduledReports
) -> None:
    with bench.database.reading(tenants.ours) as session:
        (before,) = scheduled_reports.due_schedules(session, tenants.ours, bench.clock.at.replace(hour=23))
    with bench.database.writing(tenants.ours) as session:
        draft = ReportDraft(ReportEvery.DAILY, "18:00")
        set_schedule(session, system(tenants.ours, "test"), _place(session), draft, "UTC", bench.clock.at)
        scheduled_reports.advance(session, before, bench.clock.at)
    with bench.database.reading(tenants.ours) as session:
        (after,) = session.scalars(select(ReportSchedule).where(ReportSchedule.tenant_id == tenants.ours))
    assert (after.clock, after.due_at.hour) == ("18:00", 18)
