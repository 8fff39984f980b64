"""When a digest is due: every hour, every day or every week, by the clock on the wall."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.attention.window_words import read_days
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.languages.words import meaning_of
from models.tables.attention import Every

MORNING: Final = "09:00"
MONDAY: Final = "mon"
OFF: Final = "off"
EXAMPLES: Final = marked("digest hourly, digest daily 09:00, digest weekly mon 09:00, or digest off")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a digest comes, at which local time (`HH:MM`), and for a weekly one on which day (`mon`)."""

    every: Every
    clock: str = MORNING
    day: str = MONDAY


def read_schedule(words: Sequence[str]) -> tuple[Schedule | None, tuple[str, ...]]:
    """Read `off` (None), `hourly`, `daily [09:00]` or `weekly [mon] [09:00]`; return also the words after it.

    Raises InvalidRequest for anything else.
    """
    first = meaning_of(words[0]) if words else ""
    if first == OFF:
        return None, tuple(words[1:])
    if first not in tuple(Every):
        raise InvalidRequest(user_message=tr("How often? Say {examples}.", examples=tr(EXAMPLES)))
    every, clock, day, rest = Every(first), MORNING, MONDAY, list(words[1:])
    while rest and every is not Every.HOURLY:
        found = _CLOCK.fullmatch(rest[0].lower())
        days = read_days(rest[0])
        if found:
            clock = f"{int(found[1]):02}:{found[2] or '00'}"
        elif len(days) == 1 and every is Every.WEEKLY:
            day = days[0]
        elif meaning_of(rest[0]) not in ("at", "on"):
            break
        rest.pop(0)
    return Schedule(every, clock, day), tuple(rest)


def next_due(schedule: Schedule, after: datetime, timezone: str) -> datetime:
    """Return the first moment after `after` at which a digest is due.

    A time that the clock jumps over comes as much later as the clock jumps; one that it shows twice comes
    once, the first time.
    """
    local = after.astimezone(ZoneInfo(timezone))
    if schedule.every is Every.HOURLY:
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return (after - into + timedelta(hours=1)).astimezone(UTC)
    wanted = time.fromisoformat(schedule.clock)
    days = (local.date() + timedelta(days=ahead) for ahead in range(9))
    moments = (
        datetime.combine(day, wanted, local.tzinfo).astimezone(UTC)
        for day in days
        if schedule.every is Every.DAILY or DAYS[day.weekday()] == schedule.day
    )
    return next(moment for moment in moments if moment > after)
