"""Figures of hours are rolled up, and counts of connections summed up; both stay what the rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.scheduled import roll_up_figures
from jobs.scheduled.roll_up_figures import FigureRollUp
from jobs.scheduled.sum_up_counts import sum_up_counts
from models.clock import now
from models.database.engine import ConstraintViolation, Database
from models.deliveries.counts import count_by_state
from models.reports.roll_up import HourRead, write_hour
from models.tables import Delivery, DeliveryCount, Figure
from tests.conftest import TwoTenants
from tests.models.rows import add


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Four hours with a delivery in each tenant."""
    for hours in (30, 20, 10, 5):
        at = now() - timedelta(hours=hours)
        row = {"lane": "spaces/A", "state": "delivered", "created_at": at, "finished_at": at}
        add(database, *(Delivery(tenant_id=each, **row) for each in tenants))
    return database


def rolled_up(database: Database) -> dict[int, int]:
    """How many deliveries are in the ten days of each tenant."""
    with database.reading_all() as session:
        query = select(Figure.tenant_id, Figure.period, Figure.delivered).where(Figure.kind == "all")
        rows = session.execute(query).all()
    return {tenant: sum(n for of, p, n in rows if of == tenant and len(p) == 9) for tenant, _, _ in rows}


def test_turns_go_on_until_all_tenants_are_done(
    filled: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll_up_figures, "TURN_S", 0.0)
    job, turns = FigureRollUp(filled, rests=False), 1
    while job.run():
        turns += 1
    assert turns > 4
    assert rolled_up(filled) == {tenants.ours: 4, tenants.theirs: 4}
    assert not job.run()


def test_it_rests_between_hours_so_that_cards_wait_for_one_at_most(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests = list[float]()
    monkeypatch.setattr(roll_up_figures, "sleep", rests.append)
    monkeypatch.setattr(roll_up_figures, "TURN_S", 60.0)
    assert not FigureRollUp(filled).run()
    assert len(rests) > 8
    assert all(rest > 0 for rest in rests)


def test_another_worker_waits_for_the_lease(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_up_figures, "TURN_S", 0.0)
    assert FigureRollUp(filled, rests=False).run()
    before = rolled_up(filled)
    assert not FigureRollUp(filled, rests=False).run()
    assert rolled_up(filled) == before


def test_a_tenant_that_is_erased_at_this_moment_is_left(
    filled: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(session: Session, read: HourRead) -> bool:
        if read.tenant_id == tenants.ours:
            raise ConstraintViolation("a row names a tenant that is gone", {}, ValueError())
        return write_hour(session, read)

    monkeypatch.setattr(roll_up_figures, "write_hour", write)
    FigureRollUp(filled, rests=False).run()
    assert tenants.ours not in rolled_up(filled)
    assert tenants.theirs in rolled_up(filled)


def test_counts_are_summed_up(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Delivery(tenant_id=each, lane="spaces/A") for each in tenants))
    while sum_up_counts(database):
        pass
    with database.reading_all() as session:
        assert count_by_state(session) == {"pending": 2}
        assert set(session.scalars(select(DeliveryCount.part))) == {0}
