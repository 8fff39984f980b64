"""How long something is turned down, as people write it: `30m`, `1h`, `until 15:00`, `today`, `tomorrow`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.languages.words import meaning_of

LONGEST: Final = timedelta(days=31)
EXAMPLES: Final = marked("30m, 1h, until 15:00, today, tomorrow")
_MORNING: Final = time(8)
_SATURDAY: Final = 5
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
}
_SPAN: Final = re.compile(r"([0-9]{1,4})([^\W\d_]*)")
CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?")


class InvalidDuration(InvalidRequest):
    """Raised for words that name no duration that can be used; `user_message` says what can."""


@dataclass(frozen=True, slots=True)
class Duration:
    """`until` is a moment in UTC; `rest` are the words that follow the duration."""

    until: datetime
    rest: tuple[str, ...]


def read_duration(words: Sequence[str], at: datetime, timezone: str) -> Duration:
    """Read the duration that `words` begin with, counted from `at`, in the local time of a zone.

    `today` lasts until midnight, `tomorrow` until 8:00 of the next working day, `until 15:00` until the next
    15:00. Raises InvalidDuration where there is none, and for one of over a month.
    """
    first, second = (*words[:2], "", "")[:2]
    first = meaning_of(first)
    local = at.astimezone(ZoneInfo(timezone))
    if first == "for":
        return read_duration(words[1:], at, timezone)
    if first == "until":
        return _read_until(tuple(words[1:]), at, timezone)
    if first == "today":
        return Duration(_midnight_after(local), tuple(words[1:]))
    if first == "tomorrow":
        return Duration(_next_working_morning(local), tuple(words[1:]))
    span, used = _read_span(first, meaning_of(second))
    if not span:
        raise InvalidDuration(user_message=tr("How long? Say one of: {examples}.", examples=tr(EXAMPLES)))
    if span > LONGEST:
        raise InvalidDuration(
            user_message=tr("A month is the longest. For longer, pause the space or switch the rule off.")
        )
    return Duration(at + span, tuple(words[used:]))


def _read_until(words: tuple[str, ...], at: datetime, timezone: str) -> Duration:
    first = meaning_of(words[0]) if words else ""
    if first in ("today", "tomorrow"):
        return read_duration(words, at, timezone)
    clock = CLOCK.fullmatch(first)
    if clock is None:
        raise InvalidDuration(
            user_message=tr("Until when? Say a time like “until 15:00”, or “until tomorrow”.")
        )
    local = at.astimezone(ZoneInfo(timezone))
    wanted = time(int(clock[1]), int(clock[2] or 0))
    days = (local.date(), local.date() + timedelta(days=1))
    # An hour that the clock shows twice comes again later on the same day: `fold`.
    moments = (_moment(local, day, wanted.replace(fold=fold)) for day in days for fold in (0, 1))
    return Duration(next(moment for moment in moments if moment > at), words[1:])


def _read_span(first: str, second: str) -> tuple[timedelta, int]:
    """Return a span and how many words it took: `1h` takes one, `1 hour` two; a zero span for none."""
    found = _SPAN.fullmatch(first)
    if found is None:
        return timedelta(), 0
    if found[2]:
        return int(found[1]) * _UNITS.get(meaning_of(found[2]), timedelta()), 1
    return int(found[1]) * _UNITS.get(second, timedelta()), 2


def _midnight_after(local: datetime) -> datetime:
    return _moment(local, local.date() + timedelta(days=1), time())


def _next_working_morning(local: datetime) -> datetime:
    day = local.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return _moment(local, day, _MORNING)


def _moment(local: datetime, day: date, wanted: time) -> datetime:
    return datetime.combine(day, wanted, local.tzinfo).astimezone(UTC)
