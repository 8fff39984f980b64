"""Reads what a person typed as the value of a condition: amounts, numbers, yes or no, several values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from bot.rules.amounts import Ambiguous, read_amount
from models.pipedrive.entity import Kind

_FLAGS: Final = {
    **dict.fromkeys(("yes", "true", "on", "y", "ja", "oui", "si", "sí"), True),
    **dict.fromkeys(("no", "false", "off", "n", "nein", "non"), False),
}
_NUMERIC: Final = (Kind.MONEY, Kind.NUMBER, Kind.ID)


def parse_typed(text: str, kind: Kind, locale: str = "") -> Any:
    """Return a typed value in the form that its kind of field takes; unreadable input stays as typed.

    `locale` is the person's, empty if it is not known.
    """
    text = text.strip()
    if kind is Kind.FLAG:
        return _FLAGS.get(text.lower(), text)
    if kind is Kind.DATE:
        return _parse_day(text)
    if kind not in _NUMERIC:
        return text
    found = read_amount(text, kind, locale)
    return text if found is None or isinstance(found, Ambiguous) else found


def _parse_day(text: str) -> str:
    """Return a day as `2026-11-20`: typed as `20.11.2026`, `20 Nov 2026` or `Nov 20, 2026`; else as typed."""
    for form in ("%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return text


def split_values(text: str, kind: Kind, *, is_range: bool = False) -> list[str]:
    """Return the values of a list: `a; b`, `a, b`, and for a range also `10 to 20`; without empty ones."""
    return [part.strip() for part in _split(text, kind, is_range) if part.strip()]


def _split(text: str, kind: Kind, is_range: bool) -> list[str]:
    if ";" in text:
        return text.split(";")
    ends = re.split(r"\s+(?:to|and|until|bis|-|\u2013)\s+", text.strip()) if is_range else []
    if len(ends) == 2:
        return ends
    # A comma before three digits, or without a space in a number, belongs to the number.
    is_list = kind not in _NUMERIC or not re.search(r",\s", text)
    return re.split(r",\s+|,(?!\d{3}\b)" if is_list else r",\s+", text)
