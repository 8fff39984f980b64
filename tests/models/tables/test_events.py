"""Events: the bytes as they came, once a tenant, new until a worker has read them."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Event
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, event, refused, remove

BYTES = b'{"title": "\xff\x00 half a letter'


def test_the_schema_takes_an_event_for_new(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(
        database, "events", tenant_id=tenants.ours, source_key="e1", raw=b"{}", received_at=LONG_AGO
    )
    assert (made["state"], made["event_type"], made["outcome"]) == ("new", "", "")
    assert (made["lease_token"], made["lease_until"], made["lease_losses"]) == (None, None, 0)


def test_the_bytes_are_kept_as_they_came(database: Database, tenants: TwoTenants) -> None:
    add(database, event(tenants.ours, raw=BYTES, state="unparsed"))
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Event.raw)).one() == BYTES


def test_a_source_key_is_one_event_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, event(tenants.ours), event(tenants.theirs))
    refused(database, event(tenants.ours, raw=b"other"))
    assert count(database, Event) == 2


def test_the_number_of_a_removed_event_is_never_given_again(database: Database, tenants: TwoTenants) -> None:
    first, second = event(tenants.ours, "e1"), event(tenants.ours, "e2")
    add(database, first)
    remove(database, first)
    add(database, second)
    assert second.id > first.id
