"""Statements that the driver runs: the same rows, errors and guards as through SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, literal, select, update
from sqlalchemy.exc import IntegrityError

from models.database import direct
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.database.isolation import TenantIsolationError
from models.database.lists import one_of
from models.errors import DatabaseUnavailable
from models.tables import Destination, Lane
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add, destination

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LANES: Any = Lane.__table__
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
