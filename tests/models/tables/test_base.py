"""What all tables share: times are aware UTC on both databases, JSON round-trips, tenants lead the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from models.database.engine import Database
from models.tables import Lane
from models.tables.base import NAMING, Base, TenantOwned, UtcTime, tenant_tables
from tests.conftest import TwoTenants
from tests.models.rows import add

EARLY, LATE = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1971, 2200))
TIMES = st.datetimes(EARLY, LATE, timezones=st.timezones())
SQLITE = sqlite.dialect()


def test_a_time_comes_back_as_the_same_moment_in_utc(database: Database, tenants: TwoTenants) -> None:
    here = datetime(2026, 11, 20, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    add(database, Lane(tenant_id=tenants.ours, lane="a", due_at=here), Lane(tenant_id=tenants.ours, lane="b"))
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(Lane.due_at).order_by(Lane.lane)).all()
    assert kept == [here, None]
    assert kept[0] is not None
    assert kept[0].tzinfo is UTC


def test_a_time_without_its_zone_is_refused(database: Database, tenants: TwoTenants) -> None:
    naive = datetime(2026, 11, 20, 12, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(StatementError, match="without its zone"):
        add(database, Lane(tenant_id=tenants.ours, lane="a", due_at=naive))


def test_times_of_different_zones_compare_as_moments(database: Database, tenants: TwoTenants) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    earlier = datetime(2026, 11, 20, 12, 59, tzinfo=timezone(timedelta(hours=1)))
    add(database, *(Lane(tenant_id=tenants.ours, lane=str(at), due_at=at) for at in (noon, earlier)))
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Lane.due_at).order_by(Lane.due_at)).all() == [earlier, noon]
        assert session.scalars(select(Lane.due_at).where(Lane.due_at < noon)).all() == [earlier]


@given(TIMES, TIMES)
def test_on_sqlite_times_sort_as_their_text_does(one: datetime, other: datetime) -> None:
    first, second = (UtcTime().process_bind_param(each, SQLITE) for each in (one, other))
    assert (first < second) is (one.astimezone(UTC) < other.astimezone(UTC))
    assert len(first) == len(second) == 32
    assert UtcTime().process_result_value(first, SQLITE) == one.astimezone(UTC)


def test_postgresql_gets_times_as_they_are() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    bound = UtcTime().process_bind_param(at, postgresql.dialect())  # type: ignore[no-untyped-call]
    assert bound is at


def test_constraints_are_named_so_that_migrations_can_name_them() -> None:
    assert set(NAMING) == {"ix", "uq", "ck", "fk", "pk"}
    nameless = [
        (table.name, type(each).__name__)
        for table in Base.metadata.tables.values()
        for each in (*table.constraints, *table.indexes)
        if not getattr(each, "name", None)
    ]
    assert nameless == []


def test_an_owned_table_names_its_owner_in_every_row() -> None:
    for table in tenant_tables():
        owner = Base.metadata.tables[table].c.tenant_id
        assert owner.nullable is False
        assert {key.ondelete for key in owner.foreign_keys if key.column.table.name == "tenants"} == {
            "CASCADE"
        }
    assert not issubclass(Base, TenantOwned)
