"""The breaker of a destination: closed, open, half-open, and how long it stays so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.destinations import health
from models.destinations.health import BreakerState, Failing
from models.tables import Destination
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination

SECOND = timedelta(seconds=1)


@pytest.fixture
def wall(database: Database, tenants: TwoTenants) -> int:
    made = destination(tenants.ours)
    add(database, made, destination(tenants.theirs))
    return made.id


def fail(database: Database, tenant_id: int, wall: int, *seconds: float) -> Failing:
    found = None
    for at in seconds:
        with database.writing(tenant_id) as session:
            found = health.note_failure(session, tenant_id, wall, "503 away", NOON + at * SECOND)
    assert found is not None
    return found


def test_it_opens_after_five_failures_over_a_minute(
    database: Database, tenants: TwoTenants, wall: int
) -> None:
    assert fail(database, tenants.ours, wall, 0, 1, 6, 21).state(NOON) is BreakerState.CLOSED
    opened = fail(database, tenants.ours, wall, 81)
    assert (opened.failures, opened.since, opened.error) == (5, NOON, "503 away")
    assert opened.open_until == NOON + 96 * SECOND
    assert opened.state(NOON + 95 * SECOND) is BreakerState.OPEN
    assert opened.state(NOON + 96 * SECOND) is BreakerState.HALF_OPEN


def test_a_burst_of_failures_within_a_minute_does_not_open_it(
    database: Database, tenants: TwoTenants, wall: int
) -> None:
    assert fail(database, tenants.ours, wall, *range(20)).open_until is None


def test_each_probe_that_fails_waits_longer_up_to_a_minute(
    database: Database, tenants: TwoTenants, wall: int
) -> None:
    fail(database, tenants.ours, wall, 0, 1, 6, 21)
    for at, wait in ((100, 15), (115, 30), (145, 60), (205, 60)):
        opened = fail(database, tenants.ours, wall, at)
        assert opened.open_until == NOON + (at + wait) * SECOND


def test_a_success_closes_it_and_another_tenant_is_not_touched(
    database: Database, tenants: TwoTenants, wall: int
) -> None:
    fail(database, tenants.ours, wall, 0, 61, 62, 63, 64)
    with database.writing_all() as session:
        assert health.failing_among(session, {(tenants.theirs, wall)}) == []
        (was,) = health.failing_among(session, {(tenants.ours, wall), (tenants.theirs, wall)})
        assert health.failing_of(session, tenants.theirs) == []
        assert [each.destination_id for each in health.failing_of(session, tenants.ours)] == [wall]
        assert len(health.all_failing(session, 10)) == 1
        health.note_success(session, was)
        assert health.failing_of(session, tenants.ours) == []
        assert health.failing_among(session, set()) == []


def test_what_failed_long_ago_does_not_count(database: Database, tenants: TwoTenants, wall: int) -> None:
    day = 24 * 3600
    fail(database, tenants.ours, wall, 0, 1, 2, 3)
    anew = fail(database, tenants.ours, wall, day + 4)
    assert (anew.failures, anew.since) == (1, NOON + (day + 4) * SECOND)


def test_five_days_of_nothing_but_failures_are_enough(
    database: Database, tenants: TwoTenants, wall: int
) -> None:
    hours = [20 * 3600 * each for each in range(7)]
    failing = fail(database, tenants.ours, wall, *hours)
    assert failing.has_failed_for_days(NOON + timedelta(days=5))
    assert not failing.has_failed_for_days(NOON + timedelta(days=4))


def test_a_paused_destination_says_why_in_five_hundred_letters(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = (destination(each) for each in tenants)
    add(database, ours, theirs)
    with database.writing_all() as session:
        health.pause_refused(session, tenants.ours, ours.id, "gone " * 200)
        health.pause_refused(session, tenants.ours, theirs.id, "not ours")
    with database.reading_all() as session:
        rows = session.execute(
            select(Destination.is_active, Destination.paused_because).order_by(Destination.id)
        ).all()
    assert rows == [(False, ("gone " * 200)[:500]), (True, None)]
