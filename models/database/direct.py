"""Statements of the hot road, written once for each database and run by its driver.

SQLAlchemy builds them, checks their types and writes their text; to run one through it costs more than the
database takes: some 50 us of CPU, against 15 us here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final
from weakref import WeakSet

from sqlalchemy import Connection, Dialect, Float, bindparam
from sqlalchemy.orm import Session

from models.database import isolation
from models.tables.base import UtcTime

_PIPELINE: Final = "pipeline"  # in the info of a connection: what was sent and not waited for
CONNECTION: Final = "connection"  # in the info of a session: what its statements run on
Converter = Callable[[Any], Any]
Row = Sequence[Any]

AT: Final[Any] = bindparam("at", type_=UtcTime)  # the time of a statement

# What listens to SQLAlchemy's events hears nothing of what the driver runs; tests that listen set it false.
BY_DRIVER = True


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement for one database: its text, and what turns values into the driver's."""

    text: str
    binds: Sequence[tuple[str, Converter]]
    results: Sequence[tuple[int, Converter]]
    returns_rows: bool


class DirectStatement:
    """A SELECT, UPDATE or INSERT of SQLAlchemy, or one for each database by the name of its dialect.

    Lists that are given are parameters of `lists.one_of`: an IN of SQLAlchemy is another text at each length.
    """

    _all: ClassVar[WeakSet[DirectStatement]] = WeakSet()

    @classmethod
    def write_all(cls, dialect: Dialect) -> int:
        """Write the texts of all statements that there are, which takes 2 ms each; return of how many."""
        statements = tuple(cls._all)
        for each in statements:
            each.written_for(dialect)
        return len(statements)

    def __init__(self, statement: Any) -> None:
        self._built: Mapping[str, Any] | None = statement if isinstance(statement, Mapping) else None
        self._one = statement
        self._written: dict[str, _Written] = {}
        self._all.add(self)

    def written_for(self, dialect: Dialect) -> _Written:
        """Return its text and what converts its values, made once for each kind of database."""
        return self._written.get(dialect.name) or self._write(dialect)

    def built_for(self, dialect: Dialect) -> Any:
        return self._one if self._built is None else self._built[dialect.name]

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run it and return its rows; values must be such that every database stores them.

        Only a session that sees all tenants goes straight to the driver: in one of a single tenant the guards
        of `isolation` read every statement.
        """
        connection: Connection = session.info[CONNECTION]
        if session.in_transaction():
            session.flush()  # as SQLAlchemy does before it reads
        if not BY_DRIVER or session.info.get(isolation.KEY) is not isolation.EVERYBODY:
            done = connection.execute(self.built_for(connection.dialect), dict(values))
            return list(done) if done.returns_rows else []
        written = self.written_for(connection.dialect)
        given = dict(values)
        for name, convert in written.binds:
            given[name] = convert(given[name])
        if not written.returns_rows:
            send = _send_text if connection.dialect.name == "postgresql" else run_text
            send(connection, written.text, given)
            return []
        found = run_text(connection, written.text, given, returns_rows=True)
        return _converted(found, written.results) if written.results else found

    def _write(self, dialect: Dialect) -> _Written:
        statement = self.built_for(dialect)
        compiled = statement.compile(dialect=dialect)
        literals, converters = dict[str, str](), list[tuple[str, Converter]]()
        for bind, name in compiled.bind_names.items():
            if not bind.required:
                form = "__[POSTCOMPILE_%(name)s]" if bind.expanding else compiled.bindtemplate
                literals[form % {"name": name}] = _literal(bind, dialect)
            elif convert := _bind_converter(bind.type, dialect):
                converters.append((name, convert))
        columns = [] if not _returns_rows(statement) else list(statement.exported_columns)
        results = ((index, _result_converter(each.type, dialect)) for index, each in enumerate(columns))
        self._written[dialect.name] = written = _Written(
            _with_literals(compiled.string, literals),
            converters,
            [(index, convert) for index, convert in results if convert is not None],
            _returns_rows(statement),
        )
        return written


def _with_literals(text: str, literals: Mapping[str, str]) -> str:
    """Write fixed values into a text in place of their parameters.

    SQLite prepares a statement anew at each run if a parameter decides whether a partial index fits, which
    takes longer than the statement does.
    """
    if not literals:
        return text
    parameters = "|".join(map(re.escape, literals))
    return re.sub(rf"(?:{parameters})(?!\w)", lambda found: literals[found[0]], text)


def _literal(bind: Any, dialect: Dialect) -> str:
    """Return the text of a fixed value, or of each of a list."""
    values = bind.effective_value if bind.expanding else [bind.effective_value]
    process = bind.type.dialect_impl(dialect).literal_processor(dialect)
    return ", ".join("NULL" if value is None else process(_plain(value)) for value in values)


def run_text(
    connection: Connection,
    text: str,
    values: Mapping[str, Any] | None = None,
    *,
    returns_rows: bool = False,
) -> list[Any]:
    """Run a text by the driver and return its rows; errors are those that SQLAlchemy raises."""
    cursor = _driver_of(connection).cursor()
    with _sorted_errors(connection, text, values, cursor):
        cursor.execute(text, values or {})
        found: list[Any] = cursor.fetchall() if returns_rows else []
    cursor.close()
    return found


def _send_text(connection: Connection, text: str, values: Mapping[str, Any]) -> None:
    """Send a text to PostgreSQL and wait for no answer: the next statement that needs one gets its errors.

    Nearly half of what a step of a drain runs returns nothing, and to wait for an answer takes longer than
    the statement does where other processes want the same cores. Until `end_pipeline` nobody but the driver
    uses the connection. Source: https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html.
    """
    driver, info = _driver_of(connection), connection.connection.info
    cursor = driver.cursor()
    with _sorted_errors(connection, text, values, cursor):
        if _PIPELINE not in info:
            pipeline = driver.pipeline()
            pipeline.__enter__()
            info[_PIPELINE] = pipeline
        cursor.execute(text, values)


def end_pipeline(connection: Connection) -> None:
    """Wait for what `_send_text` has sent; raises the errors of that."""
    pipeline = connection.connection.info.pop(_PIPELINE, None)
    if pipeline is not None:
        with _sorted_errors(connection, "", None, None):
            pipeline.__exit__(None, None, None)


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def _sorted_errors(connection: Connection, text: str, values: Any, cursor: Any) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy would, which also notes that a connection is lost."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - SQLAlchemy sorts and raises it
        connection._handle_dbapi_exception(error, text, values, cursor, None)  # noqa: SLF001 - no public way


def _converted(rows: list[Any], results: Sequence[tuple[int, Converter]]) -> list[Any]:
    converted = []
    for row in rows:
        columns = list(row)
        for index, convert in results:
            columns[index] = convert(columns[index])
        converted.append(columns)
    return converted


def _returns_rows(statement: Any) -> bool:
    return bool(statement.is_select or getattr(statement, "_returning", ()))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _bind_converter(kind: Any, dialect: Dialect) -> Converter | None:
    found: Converter | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _result_converter(kind: Any, dialect: Dialect) -> Converter | None:
    if isinstance(kind, Float) and not kind.asdecimal:
        return None  # drivers return floats of such columns; psycopg's converter needs the type of the answer
    found: Converter | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found
