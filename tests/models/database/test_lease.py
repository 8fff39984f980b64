"""A row is free when it was never leased, or when the lease has run out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import literal, select

from models.database.engine import Database
from models.database.lease import is_free
from models.tables.base import UtcTime

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lease_until", "free"),
    [(None, True), (NOON - timedelta(seconds=1), True), (NOON, True), (NOON + timedelta(seconds=1), False)],
)
def test_who_may_take_a_row(database: Database, lease_until: datetime | None, *, free: bool) -> None:
    column = literal(lease_until, UtcTime())

    with database.reading_all() as session:
        found = session.scalar(select(1).where(is_free(column, literal(NOON, UtcTime()))))

    assert (found == 1) is free
