"""A change of a row that may be rolled up is noted; what ends in its own hour is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from models.database.engine import Database
from models.database.triggers.figures import create_triggers, drop_triggers
from models.tables import Delivery, StaleHour
from tests.conftest import TwoTenants
from tests.models.rows import add

TEN = datetime(2026, 11, 28, 10, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def change(database: Database, tenant_id: int, **values: Any) -> list[tuple[int, str]]:
    """Change the delivery of a tenant; return what is noted by then."""
    with database.writing(tenant_id) as session:
        mine = update(Delivery).where(Delivery.tenant_id == tenant_id).values(**values)
        session.execute(mine.execution_options(synchronize_session=False))
    with database.reading_all() as session:
        noted = session.execute(select(StaleHour.tenant_id, StaleHour.hour)).all()
    return [(of, hour) for of, hour in noted]


def test_only_what_ends_in_another_hour_or_changes_after_its_end_is_noted(
    database: Database, tenants: TwoTenants
) -> None:
    ours = tenants.ours
    add(database, *(Delivery(tenant_id=each, lane="spaces/A", created_at=TEN) for each in tenants))
    assert change(database, ours, state="sending") == []
    assert change(database, ours, state="delivered", finished_at=TEN + MINUTE) == []
    assert change(database, ours, reason="the end stays") == []
    noted = change(database, ours, state="pending", finished_at=None)
    assert noted == [(ours, "2026-11-28T10")]
    assert change(database, ours, state="dead", finished_at=TEN + 46 * MINUTE) == 2 * noted
    assert change(database, tenants.theirs, state="dead", finished_at=TEN) == 2 * noted


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_hours_are_of_utc_whatever_the_zone_of_the_session(
    database: Database, tenants: TwoTenants, zone: str
) -> None:
    add(database, Delivery(tenant_id=tenants.ours, lane="spaces/A", created_at=TEN))
    with database.writing(tenants.ours) as session:
        if not database.is_sqlite:
            session.execute(text(f"SET LOCAL timezone = '{zone}'"))
        late = update(Delivery).where(Delivery.tenant_id == tenants.ours)
        late = late.values(finished_at=TEN + 30 * MINUTE, state="delivered")
        session.execute(late.execution_options(synchronize_session=False))
        assert session.scalars(select(StaleHour.hour)).all() == []


def test_triggers_are_made_and_dropped(database: Database) -> None:
    with database.schema() as connection:
        drop_triggers(connection)
        create_triggers(connection)
        connection.rollback()
