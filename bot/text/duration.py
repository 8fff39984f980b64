"""How long something took, as people read it."""

from __future__ import annotations

from decimal import Decimal

from babel.units import format_unit

from models.languages.translate import current_locale

_UNITS = ((86_400_000, "duration-day"), (3_600_000, "duration-hour"), (60_000, "duration-minute"))


def duration(milliseconds: int) -> str:
    """Return some milliseconds in the largest unit that fits: `0.8 sec`, `12 sec`, `3 min`, `2 hr`."""
    for size, unit in _UNITS:
        if milliseconds >= size:
            return _text(Decimal(milliseconds) / size, unit)
    return _text(Decimal(milliseconds) / 1000, "duration-second")


def _text(value: Decimal, unit: str) -> str:
    rounded = round(value, 1) if value < 10 else round(value)
    return format_unit(rounded, unit, length="short", locale=current_locale())
