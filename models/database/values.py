"""The values of a batch of rows: as one JSON document, or as parameters that mean the same to SQLite."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import orjson

from models.database.storable import BEYOND, storable, storable_text

Row = Mapping[str, Any]
Converters = Mapping[type, Callable[[Any], Any]]


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


def _unchanged(value: Any) -> Any:
    return value


def _whole(value: int) -> float:
    return value if -BEYOND <= value < BEYOND else float(value)


def _real(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _bytes(value: bytes) -> bytes:
    return value if b"\0" not in value else storable_text(value.decode()).encode()


def as_parameter(value: Any) -> Any:
    """Return any other value: a document as its text, an enum as its value."""
    if isinstance(value, Enum):
        return value.value
    coded = as_json(value)
    return coded if coded.startswith(("{", "[")) else json.loads(coded)


# What values of a type are as parameters of SQLite: what it would read out of `as_json`.
PARAMETERS: Final[Converters] = {
    type(None): _unchanged,
    bool: _unchanged,
    int: _whole,
    float: _real,
    str: storable_text,
    datetime: _written,
    date: date.isoformat,
    bytes: lambda value: storable_text(value.decode()),
}
PARAMETERS_WITH_BYTES: Final = {**PARAMETERS, bytes: _bytes}
