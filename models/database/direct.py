"""Statements of the hot road, written once for each database and run by its driver.

SQLAlchemy builds them, checks their types and writes their text; to run one through it costs more than the
database takes: some 50 us of CPU, against 15 us here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final, NoReturn
from weakref import WeakSet

from sqlalchemy import Connection, Dialect, Float, bindparam
from sqlalchemy.orm import Session

from models.database import isolation
from models.tables.base import UtcTime

_PIPELINE: Final = "pipeline"  # in the info of a connection: what was sent and not waited for
CONNECTION: Final = "connection"  # in the info of a session: what its statements run on
Converter = Callable[[Any], Any]
Row = Sequence[Any]

BEGUN: Final = "begun"  # execution option of a connection that is kept: its `DriverTransaction`

AT: Final[Any] = bindparam("at", type_=UtcTime)  # the time of a statement

_OF_VALUES: Final = (ValueError, TypeError, ArithmeticError)  # raised for values that a driver does not take

# What listens to SQLAlchemy's events hears nothing of what the driver runs; tests that listen set it false.
BY_DRIVER = True


class DriverTransaction:
    """Whether the driver has begun a transaction that SQLAlchemy need not begin."""

    is_open = False


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """A statement for one database: its text, and what turns values into the driver's."""

    text: str
    names: Sequence[str]  # of its parameters
    binds: Sequence[tuple[str, Converter]]
    results: Sequence[tuple[int, Converter]]
    returns_rows: bool

    def bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as the driver takes them."""
        given = dict(values)
        for name, convert in self.binds:
            given[name] = convert(given[name])
        return given

    def converted(self, rows: list[Any]) -> list[Any]:
        """Return rows of the driver with their values as SQLAlchemy returns them."""
        return _converted(rows, self.results) if self.results else rows


class DirectStatement:
    """A SELECT, UPDATE or INSERT of SQLAlchemy, or one for each database by the name of its dialect.

    Lists that are given are parameters of `lists.one_of`: an IN of SQLAlchemy is another text at each length.
    """

    _all: ClassVar[WeakSet[DirectStatement]] = WeakSet()

    @classmethod
    def write_all(cls, dialect: Dialect) -> int:
        """Write the texts of all statements that there are, which takes 2 ms each; return of how many."""
        statements = [each for each in cls._all if each.is_for(dialect)]
        for each in statements:
            each.written_for(dialect)
        return len(statements)

    def __init__(self, statement: Any) -> None:
        self._built: Mapping[str, Any] | None = statement if isinstance(statement, Mapping) else None
        self._one = statement
        self._written: dict[str, WrittenStatement] = {}
        self._all.add(self)

    def is_for(self, dialect: Dialect) -> bool:
        return self._built is None or dialect.name in self._built

    def written_for(self, dialect: Dialect) -> WrittenStatement:
        """Return its text and what converts its values, made once for each kind of database."""
        return self._written.get(dialect.name) or self._write(dialect)

    def built_for(self, dialect: Dialect) -> Any:
        return self._one if self._built is None else self._built[dialect.name]

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run it and return its rows; values must be such that every database stores them.

        Only a session that sees all tenants goes straight to the driver: in one of a single tenant the guards
        of `isolation` read every statement.
        """
        connection = connection_of(session)
        if not goes_by_driver(session):
            done = connection.execute(self.built_for(connection.dialect), dict(values))
            return list(done) if done.returns_rows else []
        written = self.written_for(connection.dialect)
        given = written.bound(values)
        if not written.returns_rows:
            send = _send_text if connection.dialect.name == "postgresql" else run_text
            send(connection, written.text, given)
            return []
        return written.converted(run_text(connection, written.text, given, returns_rows=True))

    def _write(self, dialect: Dialect) -> WrittenStatement:
        statement = self.built_for(dialect)
        compiled = statement.compile(dialect=dialect)
        literals, names, converters = dict[str, str](), list[str](), list[tuple[str, Converter]]()
        for bind, name in compiled.bind_names.items():
            if not bind.required:
                form = "__[POSTCOMPILE_%(name)s]" if bind.expanding else compiled.bindtemplate
                literals[form % {"name": name}] = _literal(bind, dialect)
                continue
            if name in names:
                continue  # it stands in several places
            names.append(name)
            if convert := _bind_converter(bind.type, dialect):
                converters.append((name, convert))
        columns = [] if not _returns_rows(statement) else list(statement.exported_columns)
        results = ((index, _result_converter(each.type, dialect)) for index, each in enumerate(columns))
        self._written[dialect.name] = written = WrittenStatement(
            _with_literals(compiled.string, literals),
            names,
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


def connection_of(session: Session) -> Connection:
    """Return what a session's statements run on, once what it holds was written."""
    if session.in_transaction():
        session.connection()  # begins the savepoints that it has begun itself
        session.flush()  # as SQLAlchemy does before it reads
    found: Connection = session.info[CONNECTION]
    return found


def goes_by_driver(session: Session) -> bool:
    """Whether statements of a session go straight to the driver, past the guards of `isolation`."""
    return BY_DRIVER and session.info.get(isolation.KEY) is isolation.EVERYBODY


def run_text(
    connection: Connection,
    text: str,
    values: Mapping[str, Any] | Sequence[Any] | None = None,
    *,
    returns_rows: bool = False,
) -> list[Any]:
    """Run a text by the driver and return its rows; errors are those that SQLAlchemy raises."""
    cursor = None
    try:  # a block of a context manager costs as much as a small statement
        cursor = _driver_of(connection).cursor()
        cursor.execute(text, values or {})
        found: list[Any] = cursor.fetchall() if returns_rows else []
        cursor.close()
    except Exception as error:  # noqa: BLE001 - SQLAlchemy sorts and raises it
        _raise(connection, error, text, values, cursor)
    return found


def _send_text(connection: Connection, text: str, values: Mapping[str, Any]) -> None:
    """Send a text to PostgreSQL and wait for no answer: the next statement that needs one gets its errors.

    Nearly half of what a step of a drain runs returns nothing, and to wait for an answer takes longer than
    the statement does where other processes want the same cores. Until `end_pipeline` nobody but the driver
    uses the connection. Source: https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html.
    """
    cursor = None
    try:
        cursor = _driver_of(connection).cursor()
        if _PIPELINE not in connection.connection.info:
            pipeline = _driver_of(connection).pipeline()
            pipeline.__enter__()
            connection.connection.info[_PIPELINE] = pipeline
        cursor.execute(text, values)
    except Exception as error:  # noqa: BLE001 - SQLAlchemy sorts and raises it
        _raise(connection, error, text, values, cursor)


def end_pipeline(connection: Connection) -> None:
    """Wait for what `_send_text` has sent; raises the errors of that."""
    pipeline = connection.connection.info.pop(_PIPELINE, None)
    try:
        if pipeline is not None:
            pipeline.__exit__(None, None, None)
    except Exception as error:  # noqa: BLE001 - SQLAlchemy sorts and raises it
        _raise(connection, error)


def commit(connection: Connection) -> None:
    """Commit by the driver what it has begun."""
    try:
        _driver_of(connection).commit()
    except Exception as error:  # noqa: BLE001 - SQLAlchemy sorts and raises it
        _raise(connection, error)


def is_begun(connection: Connection) -> bool:
    """Whether the driver has begun a transaction on a connection that is kept (`kept_connection`)."""
    begun = connection.get_execution_options().get(BEGUN)
    return begun is not None and begun.is_open


def refuse_ended(connection: Connection) -> None:
    """Raise RuntimeError if a block has ended the transaction of a kept connection by itself.

    What came after that was no transaction.
    """
    begun = connection.get_execution_options().get(BEGUN)
    if begun is not None and not begun.is_open:
        raise RuntimeError("a block does not commit or roll back: the database does at its end")


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _raise(
    connection: Connection, error: Exception, text: str = "", values: Any = None, cursor: Any = None
) -> NoReturn:
    """Raise what the driver raised as SQLAlchemy would, which also notes that a connection is lost.

    What a signal raises meanwhile, as when a job takes too long, stays as it is. SQLAlchemy must know of the
    transaction: without one it rolls back at once, and what came after it in a block that goes on would be
    none.
    """
    if not isinstance(error, (connection.dialect.loaded_dbapi.Error, *_OF_VALUES)):
        raise error
    if is_begun(connection) and not connection.in_transaction():
        connection.begin()
    connection._handle_dbapi_exception(error, text, values, cursor, None)  # noqa: SLF001 - no public way
    raise error


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
