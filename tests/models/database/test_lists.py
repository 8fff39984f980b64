"""A list of any length is one parameter, on both databases, and finds what an IN would find."""

from __future__ import annotations

from typing import Any, Final

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.database.lists import among, not_indexed, one_of, pair_one_of, wanted
from models.tables.accounts import Tenant
from models.tables.deliveries import Lane
from models.tables.destinations import Space
from tests.conftest import TwoTenants
from tests.models.rows import add

_SPACES: Final[Any] = Space.__table__
BY_NAME: Final = select(_SPACES.c.name).where(one_of(_SPACES.c.name, "names")).order_by(_SPACES.c.name)
BY_TENANT: Final = select(Tenant.id).where(one_of(Tenant.__table__.c.id, "ids")).order_by(Tenant.id)
BY_PAIR: Final = select(_SPACES.c.tenant_id, _SPACES.c.name).where(
    pair_one_of(_SPACES.c.tenant_id, _SPACES.c.name, "pairs")
)
QUOTED: Final = "spaces/\"[1, 'é %(x)s :y"


@pytest.fixture
def spaces(database: Database, tenants: TwoTenants) -> Database:
    for tenant_id, name in ((tenants.ours, "spaces/A"), (tenants.ours, QUOTED), (tenants.theirs, "spaces/B")):
        add(database, Space(tenant_id=tenant_id, name=name))
    return database


def found(database: Database, statement: Any, **values: Any) -> list[Any]:
    with database.reading_all() as session:
        return [tuple(row) for row in session.connection().execute(statement, values)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["spaces/A"], ["spaces/A"]),
        (["spaces/B", "spaces/A", "spaces/unknown"], ["spaces/A", "spaces/B"]),
        ([QUOTED], [QUOTED]),
    ],
)
def test_texts_are_found(spaces: Database, names: list[str], expected: list[str]) -> None:
    assert [name for (name,) in found(spaces, BY_NAME, names=names)] == expected


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_row_security_lets_texts_be_found_by_an_index(spaces: Database, tenants: TwoTenants) -> None:
    """Also in the plan that is kept for a prepared statement and knows no values."""
    with spaces.engine.connect().execution_options(schema_change=True) as connection:
        many = f"SELECT {tenants.ours}, 'spaces/' || number FROM generate_series(1, 5000) AS number"
        connection.exec_driver_sql(f"INSERT INTO lanes (tenant_id, lane) {many}")
        connection.exec_driver_sql("ANALYZE lanes")
        connection.commit()
    lane = Lane.__table__.c.lane
    found_by = select(lane).where(one_of(lane, "names")).compile(dialect=spaces.engine.dialect)
    prepared = str(found_by).replace("%(names)s", "$1")

    with spaces.reading_all() as session:
        run = session.connection().exec_driver_sql
        run("SET LOCAL plan_cache_mode = force_generic_plan")
        run(f"PREPARE by_name AS {prepared}")
        plan = [row[0] for row in run("EXPLAIN EXECUTE by_name('{spaces/A,spaces/B}')")]
        run("DEALLOCATE by_name")

    assert [line for line in plan if "Index Cond: ((lane)::text = ANY ($1))" in line]


def test_numbers_are_found(spaces: Database, tenants: TwoTenants) -> None:
    assert found(spaces, BY_TENANT, ids=[tenants.theirs, 10**12]) == [(tenants.theirs,)]
    assert found(spaces, BY_TENANT, ids={tenants.ours, tenants.theirs}) == sorted((each,) for each in tenants)


def test_both_parts_of_a_pair_must_fit(spaces: Database, tenants: TwoTenants) -> None:
    ours, theirs = (tenants.ours, "spaces/A"), (tenants.theirs, "spaces/B")

    assert sorted(found(spaces, BY_PAIR, pairs=[ours, theirs])) == sorted([ours, theirs])
    assert found(spaces, BY_PAIR, pairs=[(tenants.theirs, "spaces/A"), (tenants.ours, "spaces/B")]) == []
    assert found(spaces, BY_PAIR, pairs=[]) == []


def test_rows_among_wanted_pairs_are_exactly_these(spaces: Database, tenants: TwoTenants) -> None:
    """Not what the tenant of one pair has under the text of another."""
    query = select(_SPACES.c.tenant_id, _SPACES.c.name).where(*among(_SPACES.c.tenant_id, _SPACES.c.name))
    pairs = [(tenants.ours, "spaces/A"), (tenants.theirs, QUOTED), (tenants.theirs, "spaces/B")]

    assert sorted(found(spaces, query, **wanted(pairs))) == [pairs[0], pairs[2]]
    assert found(spaces, query, **wanted([])) == []


def test_a_column_without_its_index_has_the_same_values(database: Database, tenants: TwoTenants) -> None:
    found = select(Tenant.id).where(not_indexed(Tenant.id) == tenants.theirs)
    none = select(Tenant.id).where(not_indexed(Tenant.id).is_(None))
    with database.reading_all() as session:
        assert session.scalars(found).all() == [tenants.theirs]
        assert session.scalars(none).all() == []
