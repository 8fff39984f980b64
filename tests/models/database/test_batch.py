"""Rows as one JSON parameter: every type arrives as by the ORM, and no row of another tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Text, cast, select, update

from models.database.batch import BatchStatement, as_json, batch_insert, types_of
from models.database.engine import Database
from models.database.isolation import TenantIsolationError
from models.tables import KnownName, Lane
from models.tables.stalled import TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON

NAMES: Any = KnownName.__table__
LANES: Any = Lane.__table__
INSERT_NAMES = batch_insert(NAMES, ("tenant_id", "kind", "key", "text", "more", "fetched_at"))
INSERT_LANES = batch_insert(LANES, ("tenant_id", "lane", "due_at", "is_shared"))
REST = BatchStatement(
    types_of(LANES, ("tenant_id", "lane", "free_at")),
    lambda new, _: (
        update(LANES)
        .where(LANES.c.tenant_id == new.c.tenant_id, LANES.c.lane == new.c.lane)
        .values(free_at=new.c.free_at)
    ),
)
STORE_STATES = batch_insert(
    TrackedObject.__table__,
    ("tenant_id", "entity", "object_id", "is_open", "changed_at", "heard_at", "value", "state"),
)


def name(tenant_id: int, **columns: Any) -> dict[str, Any]:
    usual = {"tenant_id": tenant_id, "kind": "user", "key": "1", "text": "Ada", "more": {}}
    return usual | {"fetched_at": NOON} | columns


def test_text_json_and_times_arrive_as_they_were_given(database: Database, tenants: TwoTenants) -> None:
    prague = datetime(2026, 3, 1, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    hard = {"a": [1, None, "ž"], "quote": "' :rows %(rows)s \\ \" ->>"}
    row = name(tenants.ours, text="Žofie ' \" 💥", more=hard, fetched_at=prague)
    with database.writing(tenants.ours) as session:
        INSERT_NAMES.execute(session, [row, name(tenants.ours, key="2", more={})])
    with database.reading(tenants.ours) as session:
        found, plain = session.scalars(select(KnownName).order_by(KnownName.key)).all()
        assert (found.text, found.more, found.fetched_at) == (row["text"], hard, prague.astimezone(UTC))
        assert (plain.text, plain.more, plain.fetched_at) == ("Ada", {}, NOON)
        stored = session.execute(
            select(cast(NAMES.c.fetched_at, Text)).where(NAMES.c.tenant_id == tenants.ours)
        )
        if database.is_sqlite:  # times are compared as text there, so that all have one form
            assert {len(each) for (each,) in stored} == {len("2026-03-01T12:00:00.000005+00:00")}


def test_bytes_numbers_flags_and_nothing_arrive_as_they_were_given(
    database: Database, tenants: TwoTenants
) -> None:
    usual = {"tenant_id": tenants.ours, "entity": "deal", "changed_at": NOON, "heard_at": NOON}
    rows = [
        usual | {"object_id": "1", "is_open": True, "value": 0.5, "state": '{"ž": "\\u0000"}'.encode()},
        usual | {"object_id": "2", "is_open": False, "value": None, "state": b""},
    ]
    with database.writing_all() as session:
        STORE_STATES.execute(session, rows)
    with database.reading(tenants.ours) as session:
        found = session.scalars(select(TrackedObject).order_by(TrackedObject.object_id)).all()
        seen = [(each.is_open, each.value, bytes(each.state)) for each in found]
        assert seen == [(row["is_open"], row["value"], row["state"]) for row in rows]


def test_what_no_database_stores_is_replaced(database: Database, tenants: TwoTenants) -> None:
    broken = [
        name(tenants.ours, text="a\0b"),
        name(tenants.ours, key="2", text="half \ud83d", more={"c": "\0"}),
    ]
    with database.writing(tenants.ours) as session:
        INSERT_NAMES.execute(session, broken)
    with database.reading(tenants.ours) as session:
        found = session.scalars(select(KnownName).order_by(KnownName.key)).all()
        assert [each.text for each in found] == ["a\ufffdb", "half \ufffd"]
        assert found[1].more == {"c": "\ufffd"}


def test_one_statement_changes_the_rows_of_many_tenants_and_only_those(
    database: Database, tenants: TwoTenants
) -> None:
    lanes = [(tenants.ours, "spaces/A"), (tenants.ours, "spaces/B"), (tenants.theirs, "spaces/A")]
    rested = [{"tenant_id": tenants.ours, "lane": "spaces/A", "free_at": NOON}]
    rested.append({"tenant_id": tenants.theirs, "lane": "spaces/B", "free_at": NOON})
    with database.writing_all() as session:
        rows = [
            {"tenant_id": owner, "lane": lane, "due_at": None, "is_shared": True} for owner, lane in lanes
        ]
        INSERT_LANES.execute(session, rows)
        REST.execute(session, rested)
    with database.reading_all() as session:
        found = session.scalars(select(Lane)).all()
        assert {(each.tenant_id, each.lane) for each in found if each.free_at} == {lanes[0]}


def test_a_row_of_another_tenant_is_refused_in_the_session_of_one(
    database: Database, tenants: TwoTenants
) -> None:
    with pytest.raises(TenantIsolationError), database.writing(tenants.ours) as session:
        INSERT_NAMES.execute(session, [name(tenants.ours), name(tenants.theirs)])
    with pytest.raises(TenantIsolationError), database.writing(tenants.ours) as session:
        REST.execute(session, [{"tenant_id": tenants.ours, "lane": "spaces/A", "free_at": NOON}])


def test_what_no_column_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        as_json([{"tenant_id": {1, 2}}])
