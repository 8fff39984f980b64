"""Words joined to phrases: choices, capital letters, days of the week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from babel.dates import get_day_names

from models.languages.translate import current_locale, is_english, tr

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def either(things: Sequence[str]) -> str:
    """Return `a or b`, `a or b or c`."""
    return f" {tr('or')} ".join(things)


def capital(text: str) -> str:
    """Return a text with its first letter as a capital; the others stay."""
    return text[:1].upper() + text[1:]


def weekday_text(day: str) -> str:
    """Return a day (`mon`) as people write it in short: `Mon`, in German `Mo`."""
    if is_english():
        return day.capitalize()
    names = get_day_names("abbreviated", context="stand-alone", locale=current_locale())
    return str(names[_DAYS.index(day)]).rstrip(".")
