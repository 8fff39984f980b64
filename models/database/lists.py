"""Conditions that take a list of any length as one parameter, so that a statement keeps its text.

An IN with one parameter an item is another text for every length: SQLAlchemy writes it anew at each call, and
the database reads and plans it anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Dialect,
    Integer,
    String,
    Text,
    TypeDecorator,
    bindparam,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def not_indexed(column: Any) -> ColumnElement[int]:
    """Return a column of whole numbers for which no index is chosen.

    SQLite, which gathers no statistics of itself, takes an index of equal values before one of a range.
    """
    found: ColumnElement[int] = column + literal_column("0", Integer)
    return found


class _ListOf(TypeDecorator[Any]):
    """A list of values of one type: JSON on SQLite, an array on PostgreSQL.

    Texts have no length there: the cast to a column's length is done anew at each row, and as row security
    lets no cast see a row that may be hidden, it would keep the column's index from being used.
    """

    impl = Text
    cache_ok = True

    def __init__(self, item: Any) -> None:
        super().__init__()
        self.item = Text() if isinstance(item, String) else item

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return orjson.dumps(list(value)).decode() if dialect.name == "sqlite" else list(value)


class _Pairs(TypeDecorator[Any]):
    """A list of (number, text), as JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else JSONB())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        pairs = [list(each) for each in value]
        return orjson.dumps(pairs).decode() if dialect.name == "sqlite" else pairs


class _OneOf(FunctionElement[bool]):
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLAlchemy writes "= 1" behind it, which no index serves
    inherit_cache = True


class _PairOneOf(FunctionElement[bool]):
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLAlchemy writes "= 1" behind it, which no index serves
    inherit_cache = True


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """Hold where a column is one of the values of the parameter `name`, an iterable."""
    return _OneOf(column, bindparam(name, type_=_ListOf(column.type)))


def pair_one_of(number: Any, text: Any, name: str) -> ColumnElement[bool]:
    """Hold where two columns together are one of the pairs of the parameter `name`."""
    return _PairOneOf(number, text, bindparam(name, type_=_Pairs()))


def among(tenant: Any, text: Any) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions of rows that are `wanted`, for keys in which another column stands between these.

    The pairs alone are found by no such index.
    """
    return one_of(tenant, "tenants"), one_of(text, "texts"), pair_one_of(tenant, text, "pairs")


def wanted(pairs: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """Return the parameters of a statement with the conditions of `among`."""
    found = sorted(pairs)
    tenants, texts = sorted({each for each, _ in found}), sorted({each for _, each in found})
    return {"pairs": found, "tenants": tenants, "texts": texts}


@compiles(_OneOf, "sqlite")
def _one_of_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(each, **kw) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - of SQLAlchemy's making


@compiles(_OneOf, "postgresql")
def _one_of_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(each, **kw) for each in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_PairOneOf, "sqlite")
def _pair_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    number, text, pairs = (compiler.process(each, **kw) for each in element.clauses)
    return f"({number}, {text}) IN (SELECT value ->> 0, value ->> 1 FROM json_each({pairs}))"  # noqa: S608 - as above


@compiles(_PairOneOf, "postgresql")
def _pair_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    number, text, pairs = (compiler.process(each, **kw) for each in element.clauses)
    each = f"FROM jsonb_array_elements({pairs}) AS pair"
    return f"({number}, {text}) IN (SELECT (pair ->> 0)::bigint, pair ->> 1 {each})"
