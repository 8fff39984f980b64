"""How much of a day's notifications was read is counted to the row, of all tenants, and kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.database.engine import Database
from models.operating.measurements import read_measurements
from models.reports.read_rate import ReadRate, count_read, kept_read_rate, store_read_rate
from models.tables import Notification, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add


def came(
    database: Database, tenant_id: int, hours: float, *, read: bool = False, in_inbox: bool = True
) -> None:
    person = User(tenant_id=tenant_id, email=f"{hours}{read}{in_inbox}@x.test")
    add(database, person)
    row = Notification(tenant_id=tenant_id, user_id=person.id, type="DEAL_WON", title="Won", channels={})
    row.created_at, row.in_inbox = NOON - timedelta(hours=hours), in_inbox
    row.read_at = NOON if read else None
    add(database, row)


def test_the_day_is_counted_over_all_tenants(database: Database, tenants: TwoTenants) -> None:
    came(database, tenants.ours, 1, read=True)
    came(database, tenants.ours, 23.9)
    came(database, tenants.ours, 24, read=True)
    came(database, tenants.ours, 2, read=True, in_inbox=False)
    came(database, tenants.theirs, 3)
    with database.reading_all() as session:
        found = count_read(session, NOON)
    assert found == ReadRate(3, 1)
    assert found.rate == pytest.approx(1 / 3)
    assert ReadRate(0, 0).rate is None


def test_what_was_counted_last_is_kept(database: Database) -> None:
    with database.reading_all() as session:
        assert kept_read_rate(read_measurements(session)) is None
    for number in (9, 2):
        with database.writing_all() as session:
            store_read_rate(session, ReadRate(number, 1))
    with database.reading_all() as session:
        assert kept_read_rate(read_measurements(session)) == ReadRate(2, 1)
