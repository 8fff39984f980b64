"""Figures equal a count by hand: by rule, by destination, over time; tests and notices do not count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.reports import figures
from models.tables import Attempt, Delivery, Tenant
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, rule


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    """Of ours: three delivered, one dead, one held, an old one, a test; of theirs one."""
    at = now()
    for tenant_id in tenants:
        wins, lost = rule(tenant_id), rule(tenant_id, "Lost")
        wall, hall = destination(tenant_id), destination(tenant_id, "Hall")
        add(database, wins, lost, wall, hall)
        made = [
            (wins, wall, "delivered", timedelta(hours=1)),
            (wins, wall, "delivered", timedelta(hours=2)),
            (wins, hall, "delivered", timedelta(days=3)),
            (lost, wall, "dead", timedelta(days=3)),
            (lost, wall, "held", timedelta(days=6)),
            (lost, wall, "dead", timedelta(days=60)),
        ]
        for by, to, state, age in made[: 6 if tenant_id == tenants.ours else 1]:
            row: dict[str, Any] = {
                "tenant_id": tenant_id,
                "lane": "spaces/1",
                "state": state,
                "rule_name": by.name,
            }
            row |= {"rule_id": by.id, "destination_id": to.id, "destination_name": to.name}
            sent = Delivery(**row, created_at=at - age)
            add(database, sent)
            took = {"outcome": state if state == "delivered" else "retry", "took_ms": 100}
            add(database, Attempt(tenant_id=tenant_id, delivery_id=sent.id, **took))
        test = {"tenant_id": tenant_id, "lane": "spaces/1", "state": "delivered", "is_test": True}
        add(database, Delivery(**test, destination_id=wall.id))
    return Actor("ada@acme.test", tenants.ours, user_id=1, role=Role.ADMIN)


def week() -> datetime:
    return figures.days_ago(7)


def test_totals_are_counted_with_success_and_time(database: Database, admin: Actor) -> None:
    with database.reading(admin.tenant) as session:
        found = figures.totals(session, admin, week())
        older = figures.totals(session, admin, figures.days_ago(90))
        none = figures.totals(session, admin, now())

    assert found.counts == Counter(delivered=3, dead=1, held=1)
    assert (found.total, found.success_percent, float(found.average_ms or 0)) == (5, 75.0, 100.0)
    assert older.total == 6
    assert (none.total, none.success_percent, none.average_ms) == (0, None, None)


def test_rules_and_destinations_are_told_apart(database: Database, admin: Actor) -> None:
    with database.reading(admin.tenant) as session:
        rules = figures.by_rule(session, admin, week())
        places = figures.by_destination(session, admin, week())

    assert [(each.name, each.figures.total) for each in rules] == [("Wins", 3), ("Lost", 2)]
    assert [(each.name, each.figures.total) for each in places] == [("Wall", 4), ("Hall", 1)]
    assert [each.figures.success_percent for each in rules] == [100.0, 0.0]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Prague", "America/St_Johns"])
@pytest.mark.parametrize(("days", "hourly", "least"), [(1, True, 24), (7, False, 7), (90, False, 90)])
def test_a_timeline_has_no_gaps_and_adds_up(
    database: Database, admin: Actor, zone: str, days: int, hourly: bool, least: int
) -> None:
    with database.writing_all() as session:
        session.execute(update(Tenant).values(timezone=zone))
    since = figures.days_ago(days)
    with database.reading(admin.tenant) as session:
        buckets = figures.timeline(session, admin, since, now(), hourly=hourly)
        total = figures.totals(session, admin, since).total

    assert sum(each.counts.total() for each in buckets) == total
    assert least <= len(buckets) <= least + 2
    assert [each.at for each in buckets] == sorted({each.at for each in buckets})


def test_who_may_not_read_the_whole_log_counts_their_own(database: Database, admin: Actor) -> None:
    cleo = Actor("cleo@acme.test", admin.tenant, user_id=2, role=Role.SALES_REP)
    with database.reading(admin.tenant) as session:
        assert figures.totals(session, cleo, week()).total == 0
