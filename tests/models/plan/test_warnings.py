"""Admins hear of 80 and 100 % once a month each, of their own team alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.events.day_usage import add_usage
from models.plan.quota import month_after
from models.plan.warnings import warn, warnings_due
from models.tables import Delivery, Tenant, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add


@pytest.fixture
def limited(database: Database, tenants: TwoTenants) -> TwoTenants:
    """Both have 10 cards a month, and an admin whom the app can write to."""
    with database.writing_all() as session:
        session.execute(update(Tenant).values(monthly_limit=10))
    for each in tenants:
        add(database, User(tenant_id=each, email=f"a{each}@x.test", role="admin", chat_name=f"users/{each}"))
    return tenants


def use(database: Database, tenant_id: int, cards: int) -> None:
    with database.writing_all() as session:
        add_usage(session, NOON.date(), {tenant_id: {"cards": cards}})


def due(database: Database) -> list[tuple[int, int]]:
    with database.reading_all() as session:
        return warnings_due(session, NOON)


def test_each_step_is_told_once_and_the_last_one_alone_if_both_are_passed(
    database: Database, limited: TwoTenants
) -> None:
    use(database, limited.ours, 7)
    assert due(database) == []
    use(database, limited.ours, 1)
    use(database, limited.theirs, 12)
    assert sorted(due(database)) == [(limited.ours, 80), (limited.theirs, 100)]

    for tenant_id, percent in due(database):
        with database.writing(tenant_id) as session:
            assert warn(session, tenant_id, percent, NOON)
            assert not warn(session, tenant_id, percent, NOON)
    assert due(database) == []
    use(database, limited.ours, 2)
    assert due(database) == [(limited.ours, 100)]
    with database.reading_all() as session:
        notices = session.execute(select(Delivery.tenant_id, Delivery.notice).order_by(Delivery.tenant_id))
        words = {tenant_id: str(notice["words"]) for tenant_id, notice in notices if notice}
    assert words[limited.ours].startswith("80 % of the 10 cards")
    assert "begins on 2026-12-01" in words[limited.theirs]


def test_a_new_month_is_told_anew(database: Database, limited: TwoTenants) -> None:
    use(database, limited.ours, 10)
    with database.writing(limited.ours) as session:
        warn(session, limited.ours, 100, NOON)
    later = month_after(NOON)
    with database.writing_all() as session:
        add_usage(session, later.date(), {limited.ours: {"cards": 8}})

    with database.reading_all() as session:
        assert warnings_due(session, later) == [(limited.ours, 80)]


def test_whoever_has_no_limit_any_more_is_told_nothing(database: Database, limited: TwoTenants) -> None:
    use(database, limited.ours, 10)
    with database.writing_all() as session:
        session.execute(update(Tenant).values(monthly_limit=None))

    assert due(database) == []
    with database.writing(limited.ours) as session:
        assert not warn(session, limited.ours, 100, NOON)
