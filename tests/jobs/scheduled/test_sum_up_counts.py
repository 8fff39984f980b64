"""The counts of single connections are summed up; the sums stay what they were."""

from __future__ import annotations

from sqlalchemy import select

from jobs.scheduled.sum_up_counts import sum_up_counts
from models.database.engine import Database
from models.deliveries.counts import count_by_state
from models.tables import Delivery, DeliveryCount
from tests.conftest import TwoTenants
from tests.models.rows import add


def test_counts_are_summed_up(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Delivery(tenant_id=each, lane="spaces/A") for each in tenants))
    while sum_up_counts(database):
        pass
    with database.reading_all() as session:
        assert count_by_state(session) == {"pending": 2}
        assert set(session.scalars(select(DeliveryCount.part))) == {0}
