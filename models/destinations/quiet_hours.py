"""Quiet hours: recurring windows in which deliveries are held.

A window is local wall time, also where daylight saving begins or ends. An hour that occurs twice in autumn is
quiet both times, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables.destinations import QuietHours

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCOPES: Final = ("tenant", "space", "user")
MIDNIGHT: Final = "00:00"
END_OF_DAY: Final = "24:00"
_MOST_WINDOWS: Final = (
    64  # one after the other; deliveries held by more are examined again at the end of these
)


def end_stored(ends: str) -> str:
    """Return the end of a window as it is stored: the midnight that ends a day begins the next one."""
    return MIDNIGHT if ends == END_OF_DAY else ends


def end_in_file(starts: str, ends: str) -> str:
    """Return a stored end as people write it: a whole day ends at 24:00, every other window at 00:00."""
    return END_OF_DAY if starts == ends == MIDNIGHT else ends


@dataclass(frozen=True, slots=True)
class Window:
    """A window as plain data; `space_id` and `user_id` are None where the scope has none.

    One that ends when it starts lasts a whole day: `end_stored`.
    """

    scope: str
    space_id: int | None
    user_id: int | None
    starts: str
    ends: str
    days: tuple[str, ...]
    timezone: str
    lets_urgent_through: bool = False

    @classmethod
    def of(cls, row: QuietHours) -> Window:
        """Return a stored window as plain data."""
        return cls(
            row.scope,
            row.space_id,
            row.user_id,
            row.starts,
            row.ends,
            tuple(row.days),
            row.timezone,
            row.lets_urgent_through,
        )

    def contains(self, at: datetime) -> bool:
        """Tell whether the local time of `at` lies inside the window."""
        return self._end_in_wall_time(at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)) is not None

    def end_of(self, at: datetime) -> datetime | None:
        """Return the first moment after `at` outside the window, None if `at` is outside."""
        zone = ZoneInfo(self.timezone)
        end = self._end_in_wall_time(at.astimezone(zone).replace(tzinfo=None))
        if end is None:
            return None
        twice = [end.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        moments = sorted([*twice, *_clock_change(at, max(twice) + timedelta(hours=3), zone)])
        return next((each for each in moments if each > at and not self.contains(each)), moments[-1])

    def _end_in_wall_time(self, wall: datetime) -> datetime | None:
        """Return the end of the window around a wall time; one over midnight belongs to its first day."""
        for day in (wall.date() - timedelta(days=1), wall.date()):
            start = datetime.combine(day, time.fromisoformat(self.starts))
            end = datetime.combine(day, time.fromisoformat(self.ends))
            end += timedelta(days=self.ends <= self.starts)
            if DAYS[day.weekday()] in self.days and start <= wall < end:
                return end
        return None


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> list[datetime]:
    """Find the moment between two at which the local clock changes, to the second; an empty list for none."""
    old = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == old:
        return []
    before, after = (
        before.astimezone(UTC).replace(microsecond=0),
        after.astimezone(UTC).replace(microsecond=0),
    )
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return [after]


def read_windows(session: Session, tenant_id: int) -> tuple[Window, ...]:
    """Return a tenant's windows that are in use."""
    mine = (QuietHours.tenant_id == tenant_id, QuietHours.is_enabled)
    return tuple(Window.of(row) for row in session.scalars(select(QuietHours).where(*mine)))


def held_until(
    windows: Iterable[Window], *, space_id: int | None, user_id: int | None, urgent: bool, at: datetime
) -> datetime | None:
    """Return until when a delivery to this space or person is held at `at`, None when it may be sent.

    Only the narrowest scope with windows counts: the person's, else the space's, else the tenant's. Windows
    of that scope that follow each other without a gap count as one.
    """
    deciding = _narrowest_scope(list(windows), space_id, user_id)
    deciding = [window for window in deciding if not (urgent and window.lets_urgent_through)]
    until: datetime | None = None
    for _ in range(_MOST_WINDOWS):
        ends = [end for window in deciding if (end := window.end_of(until or at))]
        if not ends:
            break
        until = max(ends)
    return until


def _narrowest_scope(windows: list[Window], space_id: int | None, user_id: int | None) -> list[Window]:
    for_user = [each for each in windows if each.scope == "user" and each.user_id == user_id]
    for_space = [each for each in windows if each.scope == "space" and each.space_id == space_id]
    return for_user or for_space or [each for each in windows if each.scope == "tenant"]


@lru_cache(maxsize=1)
def _timezone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_timezone(name: str) -> bool:
    """Tell whether this is the name of a zone in the IANA database."""
    return name in _timezone_names()
