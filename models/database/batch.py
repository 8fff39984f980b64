"""Statements that take a whole batch of rows at once: for the hot road, on both databases.

`executemany` runs a statement a row, and on SQLite gives the interpreter lock away at each. Ten rows of
ten values cost 840 us that way, and 43 us as one JSON parameter. SQLite takes half as long as for that where
every value is a parameter of one statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, Final
from weakref import WeakSet

import structlog
from sqlalchemy import (
    Dialect,
    LargeBinary,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.clock import now
from models.database import isolation
from models.database.direct import (
    CONNECTION,
    DirectStatement,
    WrittenStatement,
    connection_of,
    goes_by_driver,
    run_text,
)
from models.database.engine import Database
from models.database.postgresql import runs_to_prepare
from models.database.values import PARAMETERS, PARAMETERS_WITH_BYTES, Row, as_json, as_parameter
from models.errors import DatabaseUnavailable

log = structlog.get_logger()

DIALECTS: Final[dict[str, ModuleType]] = {"sqlite": sqlite, "postgresql": postgresql}
_ROWS: Final = "rows"
PREPARED: Final = (1, 2, 4, 8)  # rows, for which texts are prepared ahead on SQLite
MOST_BOUND: Final = 32  # rows; of more one JSON document takes as little, and less of the interpreter
_BOUND_ROWS: Final = "@rows"  # stands in a text for `(VALUES ...)`


class BatchStatement:
    """A statement over a batch of rows, built once for each database.

    `types` are the columns of the rows with their SQL types. `build` gets the rows, a FROM item with these
    columns, and the dialect, whose `insert` knows ON CONFLICT. Rows in which one key comes twice fail on
    PostgreSQL where the statement updates what is there.
    """

    _all: ClassVar[WeakSet[BatchStatement]] = WeakSet()

    @classmethod
    def prepare_all(cls, database: Database, some: Collection[BatchStatement] = ()) -> None:
        """Run every statement over a batch, or `some`, with no rows: nothing changes, all is prepared.

        A connection prepares each at its first run, which was ten milliseconds of what the first webhook or
        card of a process took. It is the connection of this thread (`keeping_connection`). One that fails is
        logged and left to its first use. Raises DatabaseUnavailable.
        """
        for each in some or tuple(cls._all):
            try:
                with database.writing_all() as session:
                    each.prepare(session)
            except DatabaseUnavailable:
                raise
            except Exception:
                log.exception("statement.not_prepared")

    def __init__(self, types: Mapping[str, Any], build: Callable[[Any, Any], Any]) -> None:
        built = {name: build(_source(name, types), dialect) for name, dialect in DIALECTS.items()}
        self.statement = DirectStatement(built)
        self.of_few = _OfFewRows(types, build)
        self._all.add(self)

    def prepare(self, session: Session) -> None:
        """Run it with no rows until the connection has prepared it; not at all behind a pooler."""
        dialect = session.info[CONNECTION].dialect
        written = self.statement.written_for(dialect)
        # The types of parameters decide which prepared statement it is.
        others = {name: None for name in written.names if name != _ROWS} | {
            name: now() for name, _ in written.binds
        }
        if not self.of_few.is_for(dialect):
            for _ in range(runs_to_prepare(connection_of(session))):
                self.statement.rows(session, {**others, _ROWS: as_json([])})
            return
        self.statement.rows(session, {**others, _ROWS: as_json([])})
        for count in PREPARED:
            self.of_few.run(session, [{}] * count, others)

    def write_for(self, dialect: Dialect) -> None:
        """Write its texts ahead: that takes longer than to run it."""
        for each in (self.statement, self.of_few):
            if each.is_for(dialect):
                each.written_for(dialect)

    def execute(self, session: Session, rows: Sequence[Row], **values: Any) -> list[Any]:
        """Run it once for all rows, and return what it returns; `values` are its further parameters.

        Times must be aware, bytes UTF-8. Raises TenantIsolationError for a row of another tenant than the
        session's.
        """
        scope = session.info.get(isolation.KEY)
        if isinstance(scope, int) and any(row["tenant_id"] != scope for row in rows):
            raise isolation.TenantIsolationError(f"a row of another tenant in a session of {scope}")
        if self.of_few.takes(session, rows):
            return self.of_few.run(session, rows, values)
        return self.statement.rows(session, {**values, _ROWS: as_json(rows)})


class _OfFewRows(DirectStatement):
    """The statement on SQLite with a parameter for each value: half the CPU of one JSON parameter.

    Its text is written for 1, 2, 4 ... rows; rows of nothing but NULL fill it up, and are passed over.
    """

    def __init__(self, types: Mapping[str, Any], build: Callable[[Any, Any], Any]) -> None:
        super().__init__({"sqlite": build(_values(types), sqlite)})
        self._columns = [
            (name, PARAMETERS_WITH_BYTES if _is_bytes(kind) else PARAMETERS) for name, kind in types.items()
        ]
        self._texts: dict[int, str] = {}

    def takes(self, session: Session, rows: Sequence[Row]) -> bool:
        is_sqlite = self.is_for(session.info[CONNECTION].dialect)
        if not (is_sqlite and 0 < len(rows) <= MOST_BOUND and goes_by_driver(session)):
            return False
        return all(row.get("tenant_id") is not None for row in rows)  # else it would be passed over

    def run(self, session: Session, rows: Sequence[Row], values: Mapping[str, Any]) -> list[Any]:
        connection = connection_of(session)
        written = self.written_for(connection.dialect)
        count = 1 << (len(rows) - 1).bit_length()
        given: list[Any] = []
        for row in rows:
            for name, converters in self._columns:
                value = row.get(name)
                given.append(converters.get(type(value), as_parameter)(value))
        given += [None] * ((count - len(rows)) * len(self._columns))
        if written.names:
            more = written.bound(values)
            given += [more[name] for name in written.names]
        numbered = self.text_for(count, connection.dialect)
        return written.converted(run_text(connection, numbered, given, returns_rows=written.returns_rows))

    def text_for(self, count: int, dialect: Dialect) -> str:
        """Return the text for so many rows, with all parameters by number: the driver binds them in order."""
        return self._texts.get(count) or self._write_for(count, self.written_for(dialect))

    def _write_for(self, count: int, written: WrittenStatement) -> str:
        width = len(self._columns)
        each = ([f"?{row * width + column + 1}" for column in range(width)] for row in range(count))
        numbered = written.text
        for index, name in enumerate(written.names):
            numbered = re.sub(rf":{name}\b", f"?{count * width + index + 1}", numbered)
        rows = ", ".join(f"({', '.join(row)})" for row in each)
        self._texts[count] = numbered.replace(_BOUND_ROWS, f"(VALUES {rows})")
        return self._texts[count]


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


def _values(types: Mapping[str, Any]) -> Any:
    """Return rows that are bound value by value as a FROM item with typed columns, on SQLite."""
    found = (
        literal_column(f"column{index + 1}", kind).label(name)
        for index, (name, kind) in enumerate(types.items())
    )
    is_row = f"column{list(types).index('tenant_id') + 1} IS NOT NULL"
    return select(*found).select_from(text(_BOUND_ROWS)).where(text(is_row)).subquery("new")


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
    return Text() if _is_bytes(kind) else kind


def _is_bytes(kind: Any) -> bool:
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, LargeBinary)


def _of_sqlite(name: str, kind: Any) -> Any:
    text = f"each.value ->> '{name}'"
    return literal_column(f"CAST({text} AS BLOB)" if _is_bytes(kind) else text, kind).label(name)


def _of_postgresql(found: Any, kind: Any) -> Any:
    return func.convert_to(found, "UTF8", type_=kind) if _is_bytes(kind) else found
