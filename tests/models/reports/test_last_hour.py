"""The last hour of all tenants is counted to the row: what ended in it, how, and how fast Chat was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from models.database.engine import Database
from models.operating.measurements import read_measurements
from models.operating.synthetic import store_synthetic
from models.reports.last_hour import LastHour, count_last_hour, read_last_hour, store_last_hour
from models.tables import Attempt, Delivery, Destination, Tenant
from models.tables.deliveries import AttemptOutcome, DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination


def ended(
    database: Database, to: Destination, state: DeliveryState, minutes: float, *took: int, **columns: Any
) -> None:
    """Add a delivery that ended some minutes before noon; the last of its attempts was the good one."""
    at = None if minutes < 0 else NOON - timedelta(minutes=minutes)
    row = Delivery(
        tenant_id=to.tenant_id, destination_id=to.id, lane=to.lane, state=state, finished_at=at, **columns
    )
    add(database, row)
    for number, each in enumerate(took, 1):
        outcome = AttemptOutcome.DELIVERED if number == len(took) else AttemptOutcome.RETRY
        add(database, Attempt(tenant_id=to.tenant_id, delivery_id=row.id, outcome=outcome, took_ms=each))


def counted(database: Database, at: datetime = NOON) -> LastHour:
    with database.reading_all() as session:
        return count_last_hour(session, at)


def test_the_hour_is_counted_exactly_over_all_tenants(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = destination(tenants.ours), destination(tenants.theirs)
    add(database, ours, theirs)
    for minutes, took in ((0, (100,)), (1, (5000, 300)), (59.9, (200,)), (60, (9000,)), (61, (9000,))):
        ended(database, ours, DeliveryState.DELIVERED, minutes, *took)
    ended(database, theirs, DeliveryState.DELIVERED, 30, 400)
    ended(database, theirs, DeliveryState.DEAD, 5)
    ended(database, ours, DeliveryState.DEAD, 90)
    ended(database, ours, DeliveryState.SKIPPED, 5)
    ended(database, ours, DeliveryState.DELIVERED, 5, 9000, is_test=True)
    ended(database, ours, DeliveryState.DELIVERED, 5, 9000, notice={"title": "x"})
    ended(database, ours, DeliveryState.PENDING, -1)

    found = counted(database)

    assert found == LastHour(NOON, successful=4, failed=1, answers=4, answer_ms=1000)
    assert (found.total, found.success_rate, found.response_s) == (5, 0.8, 0.25)


def test_an_hour_without_cards_has_no_rate(database: Database, tenants: TwoTenants) -> None:
    found = counted(database)
    assert (found.total, found.success_rate, found.response_s) == (0, None, None)


def test_what_the_installation_sends_itself_is_no_card(database: Database, tenants: TwoTenants) -> None:
    store_synthetic(database, NOON, timedelta(minutes=5))
    with database.reading_all() as session:
        own = session.query(Tenant).where(Tenant.is_internal).one()
        to = session.query(Destination).where(Destination.tenant_id == own.id).one()
    ended(database, to, DeliveryState.DELIVERED, 1, 10)
    assert counted(database).total == 0


def test_what_was_counted_last_is_kept_and_read(database: Database) -> None:
    with database.reading_all() as session:
        assert read_last_hour(read_measurements(session)) is None
    for number in (7, 3):
        with database.writing_all() as session:
            store_last_hour(session, LastHour(NOON, number, 1, number, 250 * number))
    with database.reading_all() as session:
        assert read_last_hour(read_measurements(session)) == LastHour(NOON, 3, 1, 3, 750)
