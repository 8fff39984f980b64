"""Statements that the driver runs, rows as one JSON parameter: values, errors and guards are as usual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Text, bindparam, cast, literal, select, update
from sqlalchemy.exc import IntegrityError

from models.database import direct
from models.database.batch import BatchStatement, batch_insert, types_of
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.database.isolation import TenantIsolationError
from models.database.lists import one_of
from models.errors import DatabaseUnavailable
from models.tables import Destination, KnownName, Lane
from models.tables.deliveries import DeliveryState
from models.tables.stalled import TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination

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
PLACES: Any = Destination.__table__
OF_TENANTS = DirectStatement(
    select(
        LANES.c.tenant_id, LANES.c.lane, LANES.c.due_at, LANES.c.is_shared, literal(DeliveryState.HELD.value)
    )
    .where(one_of(LANES.c.tenant_id, "owners"), LANES.c.due_at <= bindparam("now", type_=LANES.c.due_at.type))
    .order_by(LANES.c.tenant_id)
)
LEASE = DirectStatement(
    update(LANES)
    .where(LANES.c.tenant_id == bindparam("owner"), LANES.c.lease_token.is_(None))
    .values(lease_token=bindparam("token"), backoff=LANES.c.backoff + 1)
    .returning(LANES.c.lane)
)
RENAME = DirectStatement(
    update(PLACES).where(PLACES.c.tenant_id == bindparam("owner")).values(space_id=bindparam("space"))
)


@pytest.fixture(params=["a pooled connection", "a kept connection"], autouse=True)
def _connection(database: Database, request: pytest.FixtureRequest) -> Iterator[None]:
    is_kept = request.param == "a kept connection"
    with database.keeping_connection() if is_kept else nullcontext():
        yield


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


def test_a_row_has_only_the_columns_that_it_names(database: Database, tenants: TwoTenants) -> None:
    row = name(tenants.ours)
    del row["more"]
    with pytest.raises(IntegrityError), database.writing_all() as session:
        INSERT_NAMES.execute(session, [row])


@pytest.fixture
def lanes(database: Database, tenants: TwoTenants) -> TwoTenants:
    add(database, *(Lane(tenant_id=each, lane=f"spaces/{each}", due_at=NOON) for each in tenants))
    return tenants


def rows(database: Database, statement: DirectStatement, **values: Any) -> list[list[Any]]:
    with database.writing_all() as session:
        return [list(row) for row in statement.rows(session, values)]


def test_rows_are_those_that_sqlalchemy_returns(
    database: Database, lanes: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Any = {"owners": list(lanes), "now": NOON}
    found = rows(database, OF_TENANTS, **asked)
    monkeypatch.setattr(direct, "BY_DRIVER", False)

    assert found == rows(database, OF_TENANTS, **asked)
    assert found == [[each, f"spaces/{each}", NOON, True, "held"] for each in sorted(lanes)]


def test_what_changes_returns_its_rows_and_only_those_of_its_tenant(
    database: Database, lanes: TwoTenants
) -> None:
    assert rows(database, LEASE, owner=lanes.ours, token="a") == [[f"spaces/{lanes.ours}"]]
    assert rows(database, LEASE, owner=lanes.ours, token="b") == []
    with database.reading_all() as session:
        assert session.scalars(select(Lane.lease_token).order_by(Lane.tenant_id == lanes.ours)).all() == [
            None,
            "a",
        ]


def test_an_error_of_the_driver_is_one_of_sqlalchemy_and_undoes_all(
    database: Database, lanes: TwoTenants
) -> None:
    add(database, destination(lanes.ours, lane="spaces/x"))

    def rename() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": lanes.ours, "token": "lost"})
            RENAME.rows(session, {"owner": lanes.ours, "space": 404})

    with pytest.raises(IntegrityError) as refused:
        rename()

    assert "404" not in str(refused.value), "errors name no values"
    assert rows(database, LEASE, owner=lanes.ours, token="kept") == [[f"spaces/{lanes.ours}"]]


@pytest.mark.parametrize("then", ["another statement", "one of SQLAlchemy", "the commit"])
def test_an_error_of_a_statement_that_returns_nothing_undoes_all(
    database: Database, lanes: TwoTenants, then: str
) -> None:
    """PostgreSQL is sent such a statement without waiting for its answer."""
    add(database, destination(lanes.ours, lane="spaces/x"))

    def rename() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": lanes.ours, "token": "lost"})
            RENAME.rows(session, {"owner": lanes.ours, "space": 404})
            if then == "another statement":
                OF_TENANTS.rows(session, {"owners": [lanes.ours], "now": NOON})
            elif then == "one of SQLAlchemy":
                session.scalar(select(Lane.lane))

    with pytest.raises(IntegrityError):
        rename()

    assert rows(database, LEASE, owner=lanes.ours, token="kept") == [[f"spaces/{lanes.ours}"]]


def test_sqlalchemy_sees_what_was_sent_before(database: Database, lanes: TwoTenants) -> None:
    at = NOON + timedelta(hours=1)
    new = [{"tenant_id": lanes.ours, "lane": f"spaces/{lanes.ours}", "free_at": at}]
    with database.writing_all() as session:
        REST.execute(session, new)
        assert session.scalar(select(Lane.free_at).where(Lane.tenant_id == lanes.ours)) == at
        REST.execute(session, [each | {"free_at": NOON} for each in new])
        lane = session.get_one(Lane, (lanes.ours, f"spaces/{lanes.ours}"))
        lane.backoff = 7
        REST.execute(session, new)
    with database.reading(lanes.ours) as session:
        lane = session.get_one(Lane, (lanes.ours, f"spaces/{lanes.ours}"))
        assert (lane.backoff, lane.free_at) == (7, at)


def test_a_transaction_that_is_given_up_leaves_a_usable_connection(
    database: Database, lanes: TwoTenants
) -> None:
    add(database, destination(lanes.ours, lane="spaces/x"))

    def give_up() -> None:
        with database.writing_all() as session:
            RENAME.rows(session, {"owner": lanes.ours, "space": 404})
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises((ZeroDivisionError, IntegrityError)):  # SQLite refuses it at once
            give_up()

    assert rows(database, LEASE, owner=lanes.ours, token="kept") == [[f"spaces/{lanes.ours}"]]


def test_a_connection_that_is_cut_is_a_database_that_is_away(database: Database, lanes: TwoTenants) -> None:
    def cut_off() -> None:
        with database.writing_all() as session:
            session.connection().connection.driver_connection.close()  # type: ignore[union-attr]
            LEASE.rows(session, {"owner": lanes.ours, "token": "a"})

    with pytest.raises(DatabaseUnavailable):
        cut_off()

    assert rows(database, LEASE, owner=lanes.ours, token="b") == [[f"spaces/{lanes.ours}"]]


def test_a_session_of_one_tenant_goes_by_the_guards(database: Database, lanes: TwoTenants) -> None:
    with database.writing(lanes.ours) as session:
        assert [row[0] for row in LEASE.rows(session, {"owner": lanes.ours, "token": "a"})]
        with pytest.raises(TenantIsolationError):
            DirectStatement(select(LANES.c.lane)).rows(session, {})


@pytest.mark.parametrize("text", ["plain", "100 %", "it's", "a :kind_1 and %(kind_1)s, :owner"])
def test_fixed_values_and_lists_are_written_into_the_statement(
    database: Database, tenants: TwoTenants, text: str
) -> None:
    rows: list[dict[str, Any]] = [
        {"tenant_id": tenants.ours, "kind": kind, "key": "1", "text": text, "more": {}, "fetched_at": NOON}
        for kind in ("stage", "user", "deal")
    ]
    with database.writing_all() as session:
        INSERT_NAMES.execute(session, rows)
    kinds = [NAMES.c.kind.in_(["stage", "user", "it's"]), NAMES.c.text == text, NAMES.c.kind != "none"]
    fixed = DirectStatement(
        select(NAMES.c.kind, literal(None)).where(*kinds, NAMES.c.tenant_id == bindparam("owner"))
    )

    with database.reading_all() as session:
        found = fixed.rows(session, {"owner": tenants.ours})
        assert fixed.rows(session, {"owner": tenants.theirs}) == []

    assert sorted(tuple(row) for row in found) == [("stage", None), ("user", None)]
