"""API usage: no recorded cost is lost, and each tenant has its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models.connections.api_usage import Standing, lift_limit, limit, spend, spent, standing
from models.database.engine import Database
from models.tables.connections import ApiUsage, Connection
from tests.conftest import TwoTenants

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def connected(database: Database, tenants: TwoTenants) -> TwoTenants:
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            session.add(Connection(tenant_id=tenant_id, company_id=f"company-{tenant_id}", state="connected"))
    return tenants


def ruleset(database: Database, tenant_id: int, tokens: int, day: date = TODAY) -> None:
    with database.writing(tenant_id) as session:
        spend(session, tenant_id, day, tokens)


def standing_of(database: Database, tenant_id: int) -> Standing:
    with database.reading(tenant_id) as session:
        return standing(session, tenant_id, TODAY)


def test_calls_of_a_day_are_added_up_for_their_tenant(database: Database, tenants: TwoTenants) -> None:
    for tokens in (10, 1, 20):
        ruleset(database, tenants.ours, tokens)
    ruleset(database, tenants.ours, 5, TODAY + timedelta(days=1))
    ruleset(database, tenants.theirs, 2)

    with database.reading(tenants.ours) as session:
        rows = session.execute(select(ApiUsage.day, ApiUsage.tokens, ApiUsage.calls)).all()
        ours = spent(session, tenants.ours, TODAY)
    assert sorted(tuple(row) for row in rows) == [(TODAY, 31, 3), (TODAY + timedelta(days=1), 5, 1)]
    assert ours == 31
    assert standing_of(database, tenants.theirs).spent == 2


def test_many_who_book_at_once_lose_nothing(database: Database, tenants: TwoTenants) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ruleset(database, tenants.ours, 3), range(40)))

    assert standing_of(database, tenants.ours).spent == 120


def test_who_has_no_connection_and_no_calls_stands_well(database: Database, tenants: TwoTenants) -> None:
    assert standing_of(database, tenants.ours) == Standing(0, None, 0)


def test_of_many_who_are_refused_at_once_one_counts(database: Database, connected: TwoTenants) -> None:
    until = NOON + timedelta(minutes=1)
    for later in (until, NOON + timedelta(minutes=5)):
        with database.writing(connected.ours) as session:
            limit(session, connected.ours, 1, NOON, later)

    assert standing_of(database, connected.ours) == Standing(0, until, 1)
    assert standing_of(database, connected.theirs) == Standing(0, None, 0)


def test_the_next_strike_counts_when_the_last_hold_is_over(database: Database, connected: TwoTenants) -> None:
    until = NOON + timedelta(minutes=1)
    with database.writing(connected.ours) as session:
        limit(session, connected.ours, 1, NOON, until)
        limit(session, connected.ours, 2, NOON, until + timedelta(hours=1))  # still on hold
    assert standing_of(database, connected.ours).strikes == 1
    with database.writing(connected.ours) as session:
        limit(session, connected.ours, 2, until, until + timedelta(minutes=5))

    assert standing_of(database, connected.ours) == Standing(0, until + timedelta(minutes=5), 2)


def test_a_good_answer_ends_the_hold(database: Database, connected: TwoTenants) -> None:
    with database.writing(connected.ours) as session:
        limit(session, connected.ours, 1, NOON, NOON + timedelta(hours=1))
        lift_limit(session, connected.ours)

    assert standing_of(database, connected.ours) == Standing(0, None, 0)
