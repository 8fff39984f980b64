"""Values that no database stores: NUL and half surrogates in text, whole numbers beyond 64 bits.

PostgreSQL refuses NUL, neither driver encodes half surrogates, and both columns of numbers end at 64 bits.
Such text comes from people and from JSON. It is replaced here, below every statement, so that nobody can
forget it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, event

from models.errors import InvalidRequest
from models.languages.translate import tr

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
BEYOND: Final = 2**63  # whole numbers from here on are too large for a column


def storable_text(text: str) -> str:
    """Return a text with a replacement character for each letter that no database stores."""
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub(REPLACEMENT, text)


def to_json(value: Any) -> str:
    """Serialise a value of a JSON column."""
    coded = json.dumps(value)
    if "\\u0000" in coded or "\\ud" in coded:  # an escape of it, or only letters that look like one
        return json.dumps(storable(value))
    return coded


def watch_parameters(engine: Engine) -> None:
    """Replace text in the parameters of every statement; refuse numbers that are too large.

    Raises InvalidRequest for such a number.
    """

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _replace(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> Any:
        rows = parameters if many else (parameters,)
        if all(_fits(row) for row in rows):
            return statement, parameters
        replaced = [storable(row) for row in rows]
        return statement, replaced if many else replaced[0]


def _fits(row: Any) -> bool:
    """Whether a database stores every value of a row of parameters."""
    for value in row.values() if isinstance(row, Mapping) else row or ():
        kind = type(value)
        if kind is str:
            if (not value.isascii() or "\0" in value) and _UNSTORABLE.search(value):
                return False
        elif kind is int and not -BEYOND <= value < BEYOND:
            raise InvalidRequest(
                "a whole number beyond 64 bits", user_message=tr("This number is too large.")
            )
    return True


def storable(value: Any) -> Any:
    """Return a value with its text replaced, at any depth. Other types stay as they are."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {
            storable_text(key) if isinstance(key, str) else key: storable(each) for key, each in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return type(value)(storable(each) for each in value) if isinstance(value, list | tuple) else value
    return value
