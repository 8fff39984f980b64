"""Rows as one JSON document, or value by value: both are stored and found alike."""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Text, bindparam, cast, func, select, true
from sqlalchemy.exc import IntegrityError

import models
from models.database import batch
from models.database.batch import BatchStatement, batch_insert, types_of
from models.database.direct import CONNECTION, DirectStatement
from models.database.engine import Database, Session
from models.database.values import PARAMETERS, PARAMETERS_WITH_BYTES, as_json
from models.tables import KnownName
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON

NAMES: Any = KnownName.__table__
KEEP_LAST = batch_insert(
    NAMES,
    ("tenant_id", "kind", "key", "text", "more", "fetched_at"),
    lambda insert: insert.on_conflict_do_update(
        index_elements=["tenant_id", "kind", "key"], set_={"more": insert.excluded.more}
    ),
)
ADD = BatchStatement(
    types_of(NAMES, ("tenant_id", "kind", "key", "more", "fetched_at")),
    lambda new, dialect: (
        dialect.insert(NAMES)
        .from_select(
            ("tenant_id", "kind", "key", "text", "more", "fetched_at"),
            select(
                new.c.tenant_id,
                new.c.kind,
                new.c.key,
                bindparam("text", type_=Text),
                new.c.more,
                new.c.fetched_at,
            ).where(true()),
            include_defaults=False,
        )
        .on_conflict_do_nothing()
        .returning(NAMES.c.tenant_id, NAMES.c.key, NAMES.c.text)
    ),
)
NUMBERS: list[Any] = [True, False, 0, -(2**63), 2**63, 2**70, 0.5, -0.0]
TEXTS: list[Any] = [
    "",
    "Žofie 💥",
    "a\0b",
    "half \ud83d",
    '"',
    "{}",
    b"bytes",
    NOON,
    NOON.date(),
    UUID(int=7),
]
OTHERS: list[Any] = [DeliveryState.HELD, {}, [], {"plain": [1, None, "x"]}]


@pytest.fixture(params=["sqlite"])  # PostgreSQL is always given one document
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{file}"


@pytest.mark.parametrize("value", [*NUMBERS, *TEXTS, *OTHERS], ids=repr)
def test_a_parameter_is_stored_like_a_value_of_the_document(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    columns = cast(NAMES.c.more, Text), func.typeof(NAMES.c.more)
    stored = DirectStatement(select(*columns).where(NAMES.c.tenant_id == bindparam("owner")))

    def store() -> list[list[Any]]:
        row = {"tenant_id": tenants.ours, "kind": "user", "key": "1", "text": "", "fetched_at": NOON}
        with database.writing_all() as session:
            KEEP_LAST.execute(session, [row | {"more": value}])
            return [list(found) for found in stored.rows(session, {"owner": tenants.ours})]

    alone = store()
    monkeypatch.setattr(batch, "MOST_BOUND", 0)
    assert alone == store()


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 31, 32, 33])
def test_any_number_of_rows_is_stored_once(database: Database, tenants: TwoTenants, count: int) -> None:
    row = {"kind": "user", "more": {}, "fetched_at": NOON}
    rows = [row | {"tenant_id": owner, "key": str(number)} for number in range(count) for owner in tenants]
    with database.writing_all() as session:
        found = ADD.execute(session, rows[:count], text="new")
        again = ADD.execute(session, rows, text="newer")
    assert [tuple(row) for row in found] == [(row["tenant_id"], row["key"], "new") for row in rows[:count]]
    assert {tuple(row) for row in again} == {(row["tenant_id"], row["key"], "newer") for row in rows[count:]}


def test_rows_of_values_are_found_by_the_indices_that_find_those_of_json(database: Database) -> None:
    """What SQLite reads for each row must not depend on how the rows are given."""
    modules = [
        importlib.import_module(each.name) for each in pkgutil.walk_packages(models.__path__, "models.")
    ]
    globals_ = [each for module in modules for each in vars(module).values()]
    statements = {id(each): each for each in globals_ if isinstance(each, BatchStatement)}.values()
    with database.reading_all() as session:
        plans = [[_searches(session, text) for text in _texts(each, session)] for each in statements]
    assert len(plans) > 15
    assert [json for json, _ in plans] == [values for _, values in plans]


def _texts(statement: BatchStatement, session: Session) -> tuple[str, str]:
    dialect = session.info[CONNECTION].dialect
    return statement.statement.written_for(dialect).text, statement.of_few.text_for(4, dialect)


def _searches(session: Session, text: str) -> list[str]:
    """Return what a statement reads of tables, without its rows and the numbers of subqueries."""
    driver = session.info[CONNECTION].connection.driver_connection
    numbers = [int(number) for number in re.findall(r"\?(\d+)", text)]
    given = [None] * max(numbers) if numbers else defaultdict(lambda: None)
    steps = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", given)]
    of_rows = re.compile(r"SCAN (each|anon_\d|\d|\()")
    return [step for step in steps if step.startswith(("SEARCH", "SCAN")) and not of_rows.match(step)]


def test_what_no_column_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        as_json([{"tenant_id": {1, 2}}])


def test_what_json_does_not_hold_is_no_parameter() -> None:
    assert [PARAMETERS[float](each) for each in (math.inf, -math.inf, math.nan, 0.5)] == [None] * 3 + [0.5]
    assert PARAMETERS_WITH_BYTES[bytes](b"a\0b") == "a\ufffdb".encode()
    assert PARAMETERS_WITH_BYTES[bytes](b"\xff") == b"\xff"


def test_a_row_without_tenant_is_refused(database: Database, tenants: TwoTenants) -> None:
    row = {"kind": "user", "key": "1", "text": "", "more": {}, "fetched_at": NOON}
    rows = [row | {"tenant_id": owner} for owner in (tenants.ours, None)]
    with pytest.raises(IntegrityError), database.writing_all() as session:
        KEEP_LAST.execute(session, rows)
