"""Reads single values out of foreign JSON; a value of the wrong type counts as absent."""

from __future__ import annotations

import math
from typing import Any

Json = dict[str, Any]


def as_mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    """Return text unchanged, without the NUL that PostgreSQL refuses to store; anything else is empty."""
    return value.replace("\0", "") if isinstance(value, str) else ""


def as_integer(value: Any) -> int | None:
    """Return an integer: add-ons send `1.0` where the classic dialect sends `"1"`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return int(found) if math.isfinite(found) and abs(found) < 2**53 else None


def as_flag(value: Any) -> bool:
    """Return whether a flag is true: the add-on documentation shows `"true"` as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
