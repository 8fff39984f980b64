"""Events: unchanged bytes, once per tenant, new until a worker has fanned them out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select

from models.database.engine import Database
from models.tables import Event, SeenInteraction, UnknownCommand
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


REPLIES: dict[str, Any] = {"a": None, "b": {}, "c": {"text": "done ☃"}, "d": [1, {"a": None}]}


def test_the_reply_is_kept_as_it_was_given(database: Database) -> None:
    add(database, *(SeenInteraction(key=key, reply=reply) for key, reply in REPLIES.items()))
    with database.reading_all() as session:
        assert {each.key: each.reply for each in session.scalars(select(SeenInteraction))} == REPLIES


def test_a_key_is_seen_once(database: Database) -> None:
    add(database, SeenInteraction(key="k"))
    refused(database, SeenInteraction(key="k", reply={"text": "again"}))
    assert count(database, SeenInteraction) == 1


def test_old_ones_are_found_by_their_time(database: Database) -> None:
    with database.reading_all() as session:
        indexes = inspect(session.connection()).get_indexes("interactions")
    assert [each["column_names"] for each in indexes] == [["received_at"], ["tenant_id"]]


def test_an_id_is_kept_once_and_has_come_once(database: Database) -> None:
    add(database, UnknownCommand(command_id="42"))
    refused(database, UnknownCommand(command_id="42"))
    with database.reading_all() as session:
        assert session.scalars(select(UnknownCommand.times)).all() == [1]
