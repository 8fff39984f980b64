"""One worker at a time logs how the last hour fared, in exact numbers, and keeps them for the metrics."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from structlog.testing import capture_logs

from jobs.alerts.last_hour import EVERY_S, LastHourFigure
from models.clock import now
from models.database.engine import Database
from models.operating.measurements import read_measurements
from models.reports.last_hour import read_last_hour
from models.tables import Attempt, Delivery
from models.tables.deliveries import AttemptOutcome, DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add, destination


def seed(database: Database, tenants: TwoTenants) -> None:
    """Two cards that Chat took in 100 and 201 ms, and one that is dead, of two tenants."""
    for tenant_id, took in ((tenants.ours, (100, 201)), (tenants.theirs, (None,))):
        to = destination(tenant_id)
        add(database, to)
        for each in took:
            state = DeliveryState.DEAD if each is None else DeliveryState.DELIVERED
            row = Delivery(tenant_id=tenant_id, destination_id=to.id, lane=to.lane, state=state)
            row.finished_at = now() - timedelta(minutes=1)
            add(database, row)
            if each is not None:
                attempt = Attempt(tenant_id=tenant_id, delivery_id=row.id, took_ms=each)
                attempt.outcome = AttemptOutcome.DELIVERED
                add(database, attempt)


def test_one_worker_logs_the_numbers_and_another_goes_on_once_it_is_gone(
    database: Database, tenants: TwoTenants
) -> None:
    seed(database, tenants)
    first, second = LastHourFigure(database), LastHourFigure(database)
    with capture_logs() as said:
        first.run()
        second.run()

    assert [each for each in said if each["event"] == "deliveries.last_hour"] == [
        {
            "event": "deliveries.last_hour",
            "log_level": "info",
            "total": 3,
            "successful": 2,
            "failed": 1,
            "success_rate": 0.6667,
            "average_response_ms": 150,
        }
    ]
    with time_machine.travel(timedelta(seconds=EVERY_S)), capture_logs() as later:
        second.run()
    assert [each["total"] for each in later] == [3]


def test_what_it_counted_is_kept_for_the_metrics(database: Database, tenants: TwoTenants) -> None:
    seed(database, tenants)
    LastHourFigure(database).run()
    with database.reading_all() as session:
        kept = read_last_hour(read_measurements(session))
    assert kept is not None
    assert (kept.successful, kept.failed, kept.answers, kept.answer_ms) == (2, 1, 2, 301)
