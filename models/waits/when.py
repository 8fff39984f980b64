"""A moment to come, as people write it: `in 2h`, `tomorrow 09:00`, `mon 9:00`, `2026-12-24`, `15:00`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.attention.durations import CLOCK, InvalidDuration, read_duration
from models.attention.window_words import read_days
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.languages.words import meaning_of

MORNING: Final = time(9)
EXAMPLES: Final = marked("tomorrow 09:00, in 2h, mon 9:00, 15:00, 2026-12-24")
_AT: Final = ("at", "on", "in", "for", "me")


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is in UTC; `rest` are the words that follow it."""

    at: datetime
    rest: tuple[str, ...]


def read_moment(words: Sequence[str], now: datetime, timezone: str) -> Moment:
    """Read the moment that `words` begin with, in the local time of a zone.

    A day without a time means 9:00, a time without a day the next such time.
    Raises InvalidRequest where there is none.
    """
    rest = _skip(tuple(words))
    day = _read_day(rest[0], now.astimezone(ZoneInfo(timezone)).date()) if rest else None
    rest = _skip(rest[1:]) if day is not None else rest
    clock = _read_clock(rest[0]) if rest else None
    if day is not None or clock is not None:
        at = day_and_clock(day, clock or MORNING, now, timezone)
        return Moment(at, rest[1:] if clock is not None else rest)
    try:
        found = read_duration(rest, now, timezone)
    except InvalidDuration as wrong:
        raise InvalidRequest(
            user_message=tr("When? Say one of: {examples}.", examples=tr(EXAMPLES))
        ) from wrong
    return Moment(found.until, found.rest)


def day_and_clock(day: date | None, clock: time, now: datetime, timezone: str) -> datetime:
    """Return a wall time of a zone in UTC; without a day the next such time.

    A time that the clock jumps over comes as much later.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    moment = datetime.combine(day or today, clock, zone).astimezone(UTC)
    if day is None and moment <= now:
        moment = datetime.combine(today + timedelta(days=1), clock, zone).astimezone(UTC)
    return moment


def read_day(word: str, today: date) -> date:
    """Return the day that a word names, from `today` on. Raises InvalidRequest where it names none."""
    found = _read_day(word, today)
    if found is None:
        raise InvalidRequest(user_message=tr("Which day? Say one like 2026-12-24, tomorrow or mon."))
    return found


def _skip(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and meaning_of(words[0]) in _AT:
        words = words[1:]
    return words


def _read_day(word: str, today: date) -> date | None:
    meant = meaning_of(word)
    if meant in ("today", "tomorrow"):
        return today + timedelta(days=meant == "tomorrow")
    days = read_days(word)
    if len(days) == 1:
        ahead = (DAYS.index(days[0]) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def _read_clock(word: str) -> time | None:
    found = CLOCK.fullmatch(word) if ":" in word else None
    return time(int(found[1]), int(found[2] or 0)) if found else None
