"""Reads a day and a time of day out of a sentence, in English and German; what it cannot read stays words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

LONGEST: Final = 500  # letters that are looked at
MOST_DAYS: Final = 3650
_MONTHS: Final = (
    ("january", "jan", "januar", "jänner"),
    ("february", "feb", "februar"),
    ("march", "mar", "märz", "mrz"),
    ("april", "apr"),
    ("may", "mai"),
    ("june", "jun", "juni"),
    ("july", "jul", "juli"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct", "oktober", "okt"),
    ("november", "nov"),
    ("december", "dec", "dezember", "dez"),
)
_WEEKDAYS: Final = (
    ("monday", "mon", "montag"),
    ("tuesday", "tues", "tue", "dienstag"),
    ("wednesday", "wed", "mittwoch"),
    ("thursday", "thurs", "thur", "thu", "donnerstag"),
    ("friday", "fri", "freitag"),
    ("saturday", "sat", "samstag", "sonnabend"),
    ("sunday", "sun", "sonntag"),
)
_NUMBERS: Final = (
    ("a", "an", "one", "ein", "einem", "einer"),
    ("two", "zwei"),
    ("three", "drei"),
    ("four", "vier"),
)
_LATER: Final = {
    **dict.fromkeys(("today", "heute"), 0),
    **dict.fromkeys(("tomorrow", "morgen"), 1),
    **dict.fromkeys(("day-after-tomorrow", "übermorgen", "uebermorgen"), 2),
}
_UNITS: Final = {**dict.fromkeys(("day", "days", "tag", "tagen", "tage"), 1)} | dict.fromkeys(
    ("week", "weeks", "woche", "wochen"), 7
)


def _numbered(groups: tuple[tuple[str, ...], ...], first: int) -> Mapping[str, int]:
    return {word: number for number, words in enumerate(groups, first) for word in words}


_MONTH: Final = _numbered(_MONTHS, 1)
_WEEKDAY: Final = _numbered(_WEEKDAYS, 0)
_NUMBER: Final = _numbered(_NUMBERS, 1)


def _any(words: Mapping[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NAMES: Final = _any(_MONTH)
_SPACED: Final = _any(_LATER).replace(r"\-", r"\s+")  # people type two spaces
_BEFORE: Final = r"(?<!\w)(?:(?:on|by|until|for|the|am|bis|zum|ab|den|dem)\s+)*"
_NEXT: Final = (
    r"(?:(?P<next>next|nächsten|nächste|nächster|naechsten)\s+|(?:this|coming|diesen|kommenden)\s+)?"
)
_YEAR: Final = r"(?:,?\s?(?P<year>20\d{2}))?"
_AFTER: Final = r"(?!\w)"


@dataclass(frozen=True, slots=True)
class FoundMoment:
    """The day and the time of day that a sentence names, None where it names none; `rest` is without them."""

    day: date | None
    clock: time | None
    rest: str


def _full(found: re.Match[str], _: date) -> date:
    return date.fromisoformat(found["iso"])


def _numeric(found: re.Match[str], today: date) -> date:
    year = found["y"]
    full = None if year is None else int(year) + (2000 if len(year) == 2 else 0)
    return _in_year(int(found["d"]), int(found["m"]), full, today)


def _named(found: re.Match[str], today: date) -> date:
    year = None if found["year"] is None else int(found["year"])
    return _in_year(int(found["d"]), _MONTH[found["month"].lower()], year, today)


def _in_year(day: int, month: int, year: int | None, today: date) -> date:
    """Return the day; without a year, the next time that it comes."""
    if year is not None:
        return date(year, month, day)
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _later(found: re.Match[str], today: date) -> date:
    return today + timedelta(days=_LATER["-".join(found["later"].lower().split())])


def _after(found: re.Match[str], today: date) -> date:
    count = found["count"].lower()
    number = _NUMBER[count] if count in _NUMBER else int(count)
    days = number * _UNITS[found["unit"].lower()]
    if days > MOST_DAYS:
        raise ValueError(days)
    return today + timedelta(days=days)


def _weekday(found: re.Match[str], today: date) -> date:
    """Return the next such weekday after today; with `next`, the one in the week after this one."""
    wanted = _WEEKDAY[found["weekday"].lower()]
    if found["next"]:
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _pattern(core: str, before: str = _BEFORE) -> re.Pattern[str]:
    return re.compile(f"{before}{core}{_AFTER}", re.IGNORECASE)


_DAYS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date]], ...]] = (
    (_pattern(r"(?P<iso>20\d{2}-\d{2}-\d{2})"), _full),
    (_pattern(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>20\d{2}|\d{2})(?![\d:.]))?"), _numeric),
    (
        _pattern(rf"(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_any(_MONTH)})\.?{_YEAR}"),
        _named,
    ),
    (_pattern(rf"(?P<month>{_any(_MONTH)})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![:.]?\d){_YEAR}"), _named),
    (_pattern(rf"(?P<later>{_SPACED})"), _later),
    (_pattern(rf"in\s+(?P<count>\d{{1,3}}|{_any(_NUMBER)})\s+(?P<unit>{_any(_UNITS)})"), _after),
    (_pattern(rf"{_NEXT}(?P<weekday>{_any(_WEEKDAY)})"), _weekday),
)
_AT: Final = r"(?<!\w)(?P<at>(?:at|um|gegen|around|ab|by)\s+)?"
_HALF: Final = r"(?P<half>am|pm|a\.m\.|p\.m\.)"
_NOT_A_DATE: Final = rf"(?!\s+(?:\d|{_any(_WEEKDAY)}))"  # "10 am Montag" is German
_APOSTROPHES: Final = "['\u2019]"
_NO_AMOUNT: Final = r"(?![\w.,:%€$]|\s*[%€$k]|\s+\d)"
_CLOCKS: Final = tuple(
    re.compile(each, re.IGNORECASE)
    for each in (
        rf"{_AT}(?P<h>\d{{1,2}}):(?P<m>\d{{2}})(?:\s*(?:uhr|h|{_HALF}{_NOT_A_DATE}))?{_AFTER}",
        rf"{_AT}(?P<h>\d{{1,2}})\.(?P<m>\d{{2}})\s*(?:uhr|{_HALF}){_AFTER}",
        rf"{_AT}(?P<h>\d{{1,2}})\s*(?:uhr|o{_APOSTROPHES}clock|{_HALF}{_NOT_A_DATE})(?P<m>)?{_AFTER}",
        rf"(?<!\w)(?P<at>(?:at|um)\s+)(?P<h>\d{{1,2}})(?P<m>)(?P<half>){_NO_AMOUNT}",
    )
)


def find_moment(words: str, today: date) -> FoundMoment:
    """Return the first day and the first time of day in some words, and the words without them."""
    rest = words[:LONGEST]
    day, rest = _cut_day(rest, today)
    clock, rest = _cut_clock(rest)
    return FoundMoment(day, clock, " ".join((rest + words[LONGEST:]).split()).strip(" ,;:-"))


def _cut_day(words: str, today: date) -> tuple[date | None, str]:
    for pattern, value in _DAYS:
        for found in pattern.finditer(words):
            try:
                return value(found, today), _without(words, found)
            except (ValueError, OverflowError):  # 31.2. is no day
                continue
    return None, words


def _cut_clock(words: str) -> tuple[time | None, str]:
    for pattern in _CLOCKS:
        for found in pattern.finditer(words):
            if (clock := _clock(found)) is not None:
                return clock, _without(words, found)
    return None, words


def _clock(found: re.Match[str]) -> time | None:
    hour, minute = int(found["h"]), int(found["m"] or 0)
    if half := (found["half"] or "").replace(".", "").lower():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _without(words: str, found: re.Match[str]) -> str:
    return f"{words[: found.start()]} {words[found.end() :]}"
