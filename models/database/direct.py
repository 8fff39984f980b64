"""Statements of the hot road, written once for each database and run by its driver.

SQLAlchemy builds them, checks their types and writes their text; to run one through it costs more than the
database takes: some 50 us of CPU, against 15 us here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, Dialect, bindparam
from sqlalchemy.orm import Session

from models.database import isolation
from models.tables.base import UtcTime

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


class DirectStatement:
    """A SELECT, UPDATE or INSERT of SQLAlchemy, or one for each database by the name of its dialect.

    Lists that are given are parameters of `lists.one_of`: an IN of SQLAlchemy is another text at each length.
    """

    def __init__(self, statement: Any) -> None:
        self._built: Mapping[str, Any] | None = statement if isinstance(statement, Mapping) else None
        self._one = statement
        self._written: dict[str, _Written] = {}

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
        written = self._written.get(connection.dialect.name) or self._write(connection.dialect)
        given = dict(values)
        for name, convert in written.binds:
            given[name] = convert(given[name])
        found = run_text(connection, written.text, given)
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


def run_text(connection: Connection, text: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Run a text by the driver and return its rows; errors are those that SQLAlchemy raises."""
    cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]  # in a transaction it is there
    try:
        cursor.execute(text, values or {})
        found: list[Any] = cursor.fetchall() if cursor.description is not None else []
    except Exception as error:  # noqa: BLE001 - whatever the driver raises: SQLAlchemy sorts and raises it
        connection._handle_dbapi_exception(error, text, values, cursor, None)  # noqa: SLF001 - no public way
    cursor.close()
    return found


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
    found: Converter | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found
