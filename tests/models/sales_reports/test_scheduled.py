"""A scheduled sales report is of one pipeline by its id, whatever it is called later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from models.accounts.actor import Actor
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import ReportDraft
from models.database.engine import Database
from models.errors import InvalidRequest
from models.sales_reports.scheduled import make_scheduled, schedule_report
from models.tables import KnownName, MuteScope, ReportSchedule
from models.tables.reports import ReportEvery
from tests.conftest import TwoTenants
from tests.models.sales_reports.deals import add_pipelines, managers, names, won

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def scheduled(database: Database, actor: Actor, by: str, pipeline: str) -> ReportSchedule:
    me = MuteTarget(MuteScope.USER, user_id=actor.user_id)
    draft = ReportDraft(ReportEvery.WEEKLY, by=by, pipeline=pipeline)
    with database.writing(actor.tenant) as session:
        return schedule_report(session, actor, me, draft, "UTC", NOON)


def test_a_pipeline_is_kept_by_its_id_and_read_by_its_present_name(
    database: Database, tenants: TwoTenants
) -> None:
    boss = managers(database, tenants.ours)
    won(database, tenants.ours, 1, title="Lamps", pipeline_id=1)
    won(database, tenants.ours, 2, title="Chairs", pipeline_id=2)
    made = scheduled(database, boss, "pipeline", "renew")
    assert made.pipeline == "2"
    with database.writing_all() as session:
        session.execute(update(KnownName).where(KnownName.text == "Renewals").values(text="Old friends"))
    with database.reading(tenants.ours) as session:
        found = make_scheduled(session, boss, session.scalars(select(ReportSchedule)).one())

    assert found is not None
    assert (found.pipeline, names(found, "won")) == ("Old friends", ["Chairs"])


def test_a_pipeline_that_is_no_more_makes_no_report(database: Database, tenants: TwoTenants) -> None:
    boss = managers(database, tenants.ours)
    scheduled(database, boss, "leaders", "2")
    with database.writing_all() as session:
        session.execute(delete(KnownName).where(KnownName.text == "Renewals"))
    with database.reading(tenants.ours) as session:
        assert make_scheduled(session, boss, session.scalars(select(ReportSchedule)).one()) is None


@pytest.mark.parametrize(
    ("by", "pipeline", "why"),
    [
        ("pipeline", "Secrets", "Renewals, Sales"),
        ("pipeline", "7", "Renewals, Sales"),
        ("leaders", "e", "Renewals, Sales"),
        ("response", "Sales", "no pipeline"),
        ("rule", "Sales", "Only a sales report"),
    ],
)
def test_what_is_not_one_pipeline_of_the_team_is_refused(
    database: Database, tenants: TwoTenants, by: str, pipeline: str, why: str
) -> None:
    boss = managers(database, tenants.ours)
    add_pipelines(database, tenants.theirs, "One", "Two", "Secrets")
    with pytest.raises(InvalidRequest) as refused:
        scheduled(database, boss, by, pipeline)

    assert why in refused.value.user_message
    with database.reading_all() as session:
        assert session.scalars(select(ReportSchedule)).all() == []
