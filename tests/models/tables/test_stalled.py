"""What is tracked: what the schema fills in, and what it refuses."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Tenant
from models.tables.stalled import OpenListCheck, StalledSettings, TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, by_schema, count, refused, remove


def tracked(tenant_id: int, object_id: str = "1") -> TrackedObject:
    row = TrackedObject(tenant_id=tenant_id, entity="deal", object_id=object_id, state=b"{}", is_open=True)
    row.changed_at = row.heard_at = NOON
    return row


def test_an_object_is_one_row_of_its_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(tracked(each) for each in tenants), tracked(tenants.ours, "2"))
    refused(database, tracked(tenants.ours))


def test_a_tenant_has_one_row_of_settings_and_the_schema_fills_it(
    database: Database, tenants: TwoTenants
) -> None:
    made = by_schema(database, "stalled_settings", tenant_id=tenants.ours, thresholds="[3]")
    assert (made["frequency"], made["weekday"], made["at"]) == ("off", "mon", "09:00")
    refused(database, StalledSettings(tenant_id=tenants.ours))


def test_all_of_it_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        add(
            database,
            tracked(each),
            StalledSettings(tenant_id=each),
            OpenListCheck(tenant_id=each, due_at=NOON),
        )
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)
    assert [count(database, table) for table in (TrackedObject, StalledSettings, OpenListCheck)] == [1, 1, 1]
