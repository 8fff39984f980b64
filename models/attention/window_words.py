"""Quiet hours as people write them: `19:00-08:00 mon-fri Europe/Prague`, one or several windows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from models.destinations.quiet_hours import DAYS, END_OF_DAY, end_stored
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.languages.words import meaning_of

EXAMPLE: Final = marked("/pipenotify quiet set 19:00-08:00 mon-fri")
MOST_WINDOWS: Final = 10
_CLOCK: Final = r"([01]?[0-9]|2[0-4])(?::([0-5][0-9]))?"
_RANGE: Final = re.compile(rf"{_CLOCK}-{_CLOCK}")
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_GROUPS: Final = {
    **dict.fromkeys(("weekdays", "workdays"), DAYS[:5]),
    **dict.fromkeys(("weekend", "weekends"), DAYS[5:]),
    **dict.fromkeys(("daily", "everyday", "always"), DAYS),
}


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window to be stored: local wall times `HH:MM`, and the days on which it starts, in their order."""

    starts: str
    ends: str
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowWords:
    """The windows that words name, their zone (empty for none), and the words that are neither."""

    windows: tuple[NewWindow, ...]
    timezone: str
    rest: tuple[str, ...]


def read_windows(words: Sequence[str]) -> WindowWords:
    """Read windows from words: days hold for the ranges before them, or after them where they come first.

    Raises InvalidRequest where no range of hours is named, or one that is none.
    """
    windows: list[NewWindow] = []
    days_ahead: tuple[str, ...] = ()
    timezone, rest = "", []
    for word in _split(words):
        if window := _read_range(word):
            windows.append(replace(window, days=days_ahead))
        elif days := read_days(word):
            days_ahead = days if days_ahead or not windows else ()
            windows = [each if each.days else replace(each, days=days) for each in windows]
        elif zone := find_timezone(word):
            timezone = zone
        else:
            rest.append(word)
    if not 1 <= len(windows) <= MOST_WINDOWS:
        raise InvalidRequest(
            user_message=tr("From when until when? Say it like {example}.", example=tr(EXAMPLE))
        )
    whole = tuple(each if each.days else replace(each, days=DAYS) for each in windows)
    return WindowWords(whole, timezone, tuple(rest))


def _split(words: Sequence[str]) -> list[str]:
    """Return the words with plain dashes and without commas between them; `19:00 - 08:00` is one word."""
    text = " ".join(words).translate(_DASHES)
    text = re.sub(r"\s*-\s*", "-", text)
    return [word for part in text.split() if (word := part.strip(",;"))]


def _read_range(word: str) -> NewWindow | None:
    """Return the window of a range; None for another word. Raises InvalidRequest for one that is empty."""
    found = _RANGE.fullmatch(word)
    if found is None:
        return None
    starts, ends = (f"{int(found[at]):02}:{found[at + 1] or '00'}" for at in (1, 3))
    if starts >= END_OF_DAY or ends > END_OF_DAY:
        raise InvalidRequest(
            user_message=tr("A day has no {time}. Say it like {example}.", time=word, example=tr(EXAMPLE))
        )
    return new_window(starts, ends)


def new_window(starts: str, ends: str, days: Sequence[str] = ()) -> NewWindow:
    """Return the window between two local times, the end of which may be 24:00.

    Raises InvalidRequest for an empty one.
    """
    if starts == ends:
        raise InvalidRequest(user_message=tr("It has to end at another time; a whole day is 00:00-24:00."))
    return NewWindow(starts, end_stored(ends), tuple(days))


def read_days(word: str) -> tuple[str, ...]:
    """Return the days that one word names: `mon-fri`, `sat,sun`, `weekdays`; empty for any other word."""
    plain = meaning_of(word)
    if plain in _GROUPS:
        return _GROUPS[plain]
    named: set[str] = set()
    for part in plain.split(","):
        first, dash, last = part.partition("-")
        ends = [_day(first), _day(last) if dash else _day(first)]
        if None in ends:
            return ()
        start, end = (DAYS.index(str(each)) for each in ends)
        named |= {DAYS[number % 7] for number in range(start, start + (end - start) % 7 + 1)}
    return tuple(day for day in DAYS if day in named)


def _day(word: str) -> str | None:
    """Return the day that a word or its beginning names: `mon`, `tues`, `Wednesday`."""
    word = meaning_of(word)
    wholes = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((whole[:3] for whole in wholes if len(word) >= 3 and whole.startswith(word)), None)


def find_timezone(word: str) -> str:
    """Return the zone of this name in any case, empty if there is none: a zone has a slash, or is UTC."""
    return _zones().get(word.lower(), "") if "/" in word or word.upper() == "UTC" else ""


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
