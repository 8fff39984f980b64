"""No statement of figures and reports scans deliveries or events: each is explained on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import (
    ReportDraft,
    advance,
    due_schedules,
    list_schedules,
    set_schedule,
    tenants_with_due,
)
from models.database.engine import Database
from models.reports.figures import by_rule, timeline, totals
from models.reports.last_hour import count_last_hour
from models.reports.people import by_person
from models.reports.report import GROUPINGS, make_report, read_overview
from models.reports.roll_up import read_hour, tenants_behind
from models.reports.rows import CountedRows
from models.tables import MuteScope
from models.tables.accounts import User
from models.tables.reports import ReportEvery
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.explained import explained

LATER: Final = NOON + timedelta(hours=2)
UNTIL: Final = LATER + timedelta(hours=3)


def _roll_up_exists(session: Session, tenant_id: int) -> None:
    put = text("INSERT INTO roll_ups (tenant_id, until, version) VALUES (:ours, :until, 0)")
    until = UNTIL.isoformat() if session.get_bind().dialect.name == "sqlite" else UNTIL
    session.execute(put, {"ours": tenant_id, "until": until})


def _read_figures(session: Session, tenant_id: int) -> None:
    _roll_up_exists(session, tenant_id)
    admin, rows = system(tenant_id, "figures"), CountedRows()
    totals(session, admin, LATER, rows)
    by_rule(session, admin, LATER, rows, timed=slice(1))
    timeline(session, admin, LATER, UNTIL, rows, hourly=True)
    by_person(session, admin, LATER, rows)


def _read_reports(session: Session, tenant_id: int) -> None:
    _roll_up_exists(session, tenant_id)
    for by in GROUPINGS:
        make_report(session, system(tenant_id, "report"), "1d", by)
    read_overview(session, system(tenant_id, "report"), "1d")


def _scheduled(session: Session, tenant_id: int) -> None:
    """Walk through what a scheduled report needs, from its making to the next one."""
    user = User(tenant_id=tenant_id, email="weekly@acme.test", role="admin")
    session.add(user)
    session.flush()
    actor = Actor(user.email, tenant_id, user_id=user.id, role="admin")
    to_user = MuteTarget(MuteScope.USER, user_id=user.id)
    set_schedule(session, actor, to_user, ReportDraft(ReportEvery.WEEKLY), "UTC", NOON)
    list_schedules(session, actor)
    at = NOON + timedelta(days=8)
    assert tenants_with_due(session, at) == [tenant_id]
    (due,) = due_schedules(session, tenant_id, at)
    advance(session, due, at)
    assert tenants_with_due(session, at) == []


HOT: Final[dict[str, Callable[[Session, int], object]]] = {
    "figures": _read_figures,
    "reports": _read_reports,
    "scheduled reports": _scheduled,
    "the last hour": lambda session, _: count_last_hour(session, LATER),
    "tenants to roll up": lambda session, _: tenants_behind(session, NOON),
    "roll up an hour": lambda session, ours: read_hour(session, ours, NOON + timedelta(hours=3)),
}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reports look back from a time that the roll-up covers."""

    def days_ago(_days: int) -> datetime:
        return LATER

    monkeypatch.setattr("models.reports.figures.days_ago", days_ago)


def test_no_statement_of_reports_scans_deliveries_or_events(filled: Database, tenants: TwoTenants) -> None:
    found = {}
    for name, run in HOT.items():
        with explained(filled) as scans, filled.writing_all() as session:
            run(session, tenants.ours)
            session.rollback()
        if scans:
            found[name] = scans
    assert found == {}, "\n\n".join(f"{name}: {scan}" for name, scans in found.items() for scan in scans)
