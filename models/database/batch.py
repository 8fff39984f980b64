"""Statements that take a whole batch of rows as one JSON parameter: for the hot road, on both databases.

`executemany` binds every value of every row in Python, and on SQLite gives the interpreter lock away at each
row. Ten rows of ten values cost 840 us that way, and 43 us as one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from types import ModuleType
from typing import Any, Final

import orjson
from sqlalchemy import LargeBinary, Text, bindparam, cast, column, func, literal_column, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.database import isolation
from models.database.direct import DirectStatement
from models.database.storable import storable

Row = Mapping[str, Any]
DIALECTS: Final[dict[str, ModuleType]] = {"sqlite": sqlite, "postgresql": postgresql}
_ROWS: Final = "rows"


class BatchStatement:
    """A statement over a batch of rows, built once for each database.

    `types` are the columns of the rows with their SQL types. `build` gets the rows, a FROM item with these
    columns, and the dialect, whose `insert` knows ON CONFLICT. Rows in which one key comes twice fail on
    PostgreSQL where the statement updates what is there.
    """

    def __init__(self, types: Mapping[str, Any], build: Callable[[Any, Any], Any]) -> None:
        built = {name: build(_source(name, types), dialect) for name, dialect in DIALECTS.items()}
        self.statement = DirectStatement(built)

    def execute(self, session: Session, rows: Sequence[Row], **values: Any) -> list[Any]:
        """Run it once for all rows, and return what it returns; `values` are its further parameters.

        Times must be aware, bytes UTF-8. Raises TenantIsolationError for a row of another tenant than the
        session's.
        """
        scope = session.info.get(isolation.KEY)
        if isinstance(scope, int) and any(row["tenant_id"] != scope for row in rows):
            raise isolation.TenantIsolationError(f"a row of another tenant in a session of {scope}")
        return self.statement.rows(session, {**values, _ROWS: as_json(rows)})


def types_of(table: Any, names: Collection[str]) -> dict[str, Any]:
    """Return columns of a table with their types."""
    return {name: table.c[name].type for name in names}


def batch_insert(
    table: Any, names: Sequence[str], conflict: Callable[[Any], Any] = lambda insert: insert
) -> BatchStatement:
    """Build an insert of these columns; the others get the defaults of the database."""

    def build(new: Any, dialect: Any) -> Any:
        rows = select(*(new.c[name] for name in names)).where(true())  # SQLite needs it before ON CONFLICT
        return conflict(dialect.insert(table).from_select(names, rows, include_defaults=False))

    return BatchStatement(types_of(table, names), build)


def as_json(rows: Sequence[Row]) -> str:
    """Write rows as the databases read them, without letters that none of them stores."""
    try:
        coded = orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits
        return json.dumps(storable(rows), default=_plain)
    return json.dumps(storable(rows), default=_plain) if "\\u0000" in coded else coded


@lru_cache(maxsize=4096)
def _written(at: datetime) -> str:
    """Write a time as `models.tables.base.UtcTime` does; a batch has the same times again and again."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return _written(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"no column holds a {type(value).__name__}")


def _source(dialect: str, types: Mapping[str, Any]) -> Any:
    """Return the rows of the parameter as a FROM item with typed columns."""
    rows = bindparam(_ROWS, type_=Text)
    if dialect == "sqlite":
        # Materialized: else SQLite writes the text of a row anew for each of its columns. Nested: a statement
        # begins with its own first word, by which the guard of tenants knows it.
        value = func.json_each(rows).table_valued("value").c.value
        each: Any = select(value).cte("each", nesting=True).prefix_with("MATERIALIZED")
        found = [_of_sqlite(name, kind) for name, kind in types.items()]
    else:
        typed = (column(name, _on_the_wire(kind)) for name, kind in types.items())
        records = func.jsonb_to_recordset(cast(rows, postgresql.JSONB))
        each = records.table_valued(*typed, name="each").render_derived(with_types=True)
        found = [_of_postgresql(each.c[name], kind).label(name) for name, kind in types.items()]
    return select(*found).select_from(each).subquery("new")


def _on_the_wire(kind: Any) -> Any:
    return Text() if isinstance(kind, LargeBinary) else kind


def _of_sqlite(name: str, kind: Any) -> Any:
    text = f"each.value ->> '{name}'"
    return literal_column(f"CAST({text} AS BLOB)" if isinstance(kind, LargeBinary) else text, kind).label(
        name
    )


def _of_postgresql(found: Any, kind: Any) -> Any:
    return func.convert_to(found, "UTF8", type_=kind) if isinstance(kind, LargeBinary) else found
