"""A synthetic event is stored once a period, seen by no customer, and missed when it does not arrive."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from models.database.engine import Database
from models.deliveries.counts import count_by_state
from models.operating.synthetic import find_missing, read_synthetic, store_synthetic
from models.tables import Delivery, Event, Rule, Tenant
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, count

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def arrive(database: Database, at: datetime) -> None:
    """End the road of the newest stored event, as a worker does."""
    with database.reading_all() as session:
        own = session.scalars(select(Tenant.id).where(Tenant.is_internal)).one()
        event_id = session.scalars(select(func.max(Event.id)).where(Event.tenant_id == own)).one()
        rule_id, key = session.scalars(select(Rule.id).where(Rule.tenant_id == own)).one(), f"m{event_id}"
    done = {"state": DeliveryState.DELIVERED, "finished_at": at, "message_key": key}
    add(database, Delivery(tenant_id=own, event_id=event_id, rule_id=rule_id, lane="synthetic", **done))


def missing(database: Database, at: datetime) -> str:
    with database.reading_all() as session:
        return find_missing(session, at, HOUR)


def test_each_period_has_one_event_whichever_process_is_first(database: Database) -> None:
    assert store_synthetic(database, NOON, HOUR)
    assert not store_synthetic(database, NOON + 59 * MINUTE, HOUR)
    assert store_synthetic(database, NOON + HOUR, HOUR)
    assert (count(database, Event), count(database, Tenant), count(database, Rule)) == (2, 1, 1)


def test_what_arrived_is_told_with_its_time_and_how_long_it_took(database: Database) -> None:
    with database.reading_all() as session:
        assert read_synthetic(session) is None
    store_synthetic(database, NOON, HOUR)
    arrive(database, NOON + timedelta(seconds=2))
    with database.reading_all() as session:
        found = read_synthetic(session)
    assert found is not None
    assert (found.arrived_at, found.seconds, found.waiting_since) == (NOON + timedelta(seconds=2), 2.0, None)


def test_an_event_that_does_not_arrive_within_five_minutes_is_missed(database: Database) -> None:
    assert missing(database, NOON) == ""
    store_synthetic(database, NOON, HOUR)
    assert missing(database, NOON + 5 * MINUTE) == ""
    assert "of 2026-11-20 12:00 UTC has not arrived" in missing(database, NOON + 6 * MINUTE)

    store_synthetic(database, NOON + HOUR, HOUR)
    assert "of 2026-11-20 12:00 UTC" in missing(database, NOON + HOUR)  # the oldest one is named
    arrive(database, NOON + HOUR + MINUTE)
    assert missing(database, NOON + HOUR + 2 * MINUTE) == ""


def test_it_is_missed_when_no_clock_stores_one_any_more(database: Database) -> None:
    store_synthetic(database, NOON, HOUR)
    arrive(database, NOON + MINUTE)
    assert missing(database, NOON + HOUR + 10 * MINUTE) == ""
    words = missing(database, NOON + HOUR + 12 * MINUTE)
    assert words.startswith("No synthetic event is stored any more")
    assert "the last one arrived at 2026-11-20 12:01 UTC" in words


def test_its_deliveries_are_not_among_those_of_customers(database: Database, tenants: TwoTenants) -> None:
    store_synthetic(database, NOON, HOUR)
    arrive(database, NOON)
    with database.reading_all() as session:
        assert count_by_state(session) == {}
    add(database, Delivery(tenant_id=tenants.ours, lane="spaces/A", state=DeliveryState.DEAD))
    with database.reading_all() as session:
        assert count_by_state(session) == {"dead": 1}


def test_a_limit_of_plans_does_not_hold_it(database: Database) -> None:
    store_synthetic(database, NOON, HOUR)
    with database.writing_all() as session:
        session.execute(update(Tenant).values(monthly_count=10**6))
        assert session.scalars(select(Tenant.monthly_limit)).one() is None
