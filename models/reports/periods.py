"""Periods of the roll-up: hours, days and tens of days of UTC, each written as the begin of a time.

`2026-11-28T09` is an hour, `2026-11-28` its day and `2026-11-2` its ten days: the days that begin so, of
which a month has nine, ten, ten, and what is left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func

HOUR, DAY, TEN_DAYS = 13, 10, 9  # letters of a period
MINUTE: Final = 16  # letters of a time to the minute, in the same form
WIDER: Final = (DAY, TEN_DAYS)
ONE_HOUR: Final = timedelta(hours=1)
MOST_STALE: Final = 8  # parts of a range that are read from the rows, each by statements of its own
_TENS: Final = (1, 10, 20, 30)  # the days on which ten days begin


@dataclass(frozen=True, slots=True)
class Cover:
    """How a range of hours is read: these periods of the roll-up, and the rows of these ranges."""

    periods: list[str]
    from_rows: list[tuple[datetime, datetime]]


def period_of(at: datetime, letters: int = HOUR) -> str:
    """Return the period in which a moment lies."""
    return at.astimezone(UTC).isoformat()[:letters]


def begin_of_hour(period: str) -> datetime:
    """Return when an hour begins."""
    return datetime.fromisoformat(f"{period}:00:00+00:00")


def full_hour(at: datetime) -> datetime:
    """Return the last full hour up to a moment."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_full_hour(at: datetime) -> datetime:
    """Return the first full hour from a moment on."""
    begun = full_hour(at)
    return begun if begun == at else begun + ONE_HOUR


def hour_in_sql(dialect: str, column: Any) -> Any:
    """Build the SQL of a dialect, by its name, for the hour in which the time of a column lies."""
    if dialect == "sqlite":  # where times are texts
        return func.substr(column, 1, HOUR)
    return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24')


def cover(begin: datetime, end: datetime, stale: Collection[str]) -> Cover:
    """Cover the full hours between two moments by as few periods as possible, without the stale hours."""
    unusable = {hour[:letters] for hour in stale for letters in (HOUR, DAY, TEN_DAYS)}
    periods, from_rows = list[str](), list[tuple[datetime, datetime]]()
    at = begin
    while at < end:
        if len(from_rows) == MOST_STALE:
            from_rows[-1] = (from_rows[-1][0], end)
            break
        for letters in (TEN_DAYS, DAY, HOUR):
            period, after = period_of(at, letters), _end(at, letters)
            if period not in unusable and after <= end and _begins(at, letters):
                periods.append(period)
                break
        else:
            after = at + ONE_HOUR
            if from_rows and from_rows[-1][1] == at:
                from_rows[-1] = (from_rows[-1][0], after)
            else:
                from_rows.append((at, after))
        at = after
    return Cover(periods, from_rows)


def _begins(at: datetime, letters: int) -> bool:
    """Return whether a period begins at this full hour."""
    return letters == HOUR or (at.hour == 0 and (letters == DAY or at.day in _TENS))


def _end(at: datetime, letters: int) -> datetime:
    """Return when the period that begins at this full hour ends."""
    if letters == HOUR:
        return at + ONE_HOUR
    after = at + timedelta(days=1)
    while letters == TEN_DAYS and after.day not in _TENS:
        after += timedelta(days=1)
    return after
