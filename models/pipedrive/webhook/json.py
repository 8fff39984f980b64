"""Parses the bytes of a webhook as JSON: all that its grammar allows, also what the fast parser refuses."""

import codecs
import json
import math
import re
from typing import Final

import orjson

from models.pipedrive.names import Json
from models.pipedrive.webhook.parsed import Unreadable

_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(\\u[dD][89a-fA-F][\da-fA-F]{2})|\\."
)


class TooDeep(Unreadable):
    """It may be JSON, but nested deeper than we parse."""


def parse_json(raw: bytes) -> Json:
    """Return the parsed bytes; a byte order mark before them is taken.

    JavaScript cuts a title in the middle of an emoji and writes the half as a lone surrogate, which is
    valid JSON; it becomes U+FFFD here, and a number too large for a float stays text.
    Raises Unreadable if it is no JSON, and TooDeep.
    """
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _parse_slowly(raw)


def _parse_slowly(raw: bytes) -> Json:
    try:
        text = _ESCAPE.sub(_mended, raw.decode("utf-8"))
        return json.loads(text, parse_float=_number, parse_constant=_refused)
    except RecursionError as deep:
        raise TooDeep("nested too deep") from deep
    except ValueError as wrong:
        raise Unreadable(f"no JSON: {wrong}") from wrong


def _mended(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape[1] else escape[0]


def _number(written: str) -> float | str:
    found = float(written)
    return found if math.isfinite(found) else written


def _refused(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")
