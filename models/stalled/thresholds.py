"""When a deal that nobody changes counts as stalled: so many days after its last change, by local time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.pipedrive.local_time import due_moment
from models.pipedrive.names import Json

DAYS: Final = (3, 7, 14)
MOST_DAYS: Final = 366


def days_after(changed_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the moment so many days later at the same wall time; a day may have 23 or 25 hours."""
    return (changed_at.astimezone(zone) + timedelta(days=days)).astimezone(UTC)


def idle_days(changed_at: datetime, at: datetime, zone: ZoneInfo) -> int:
    """Return how many whole days have passed since a change, by the local clock."""
    wall = at.astimezone(zone).replace(tzinfo=None) - changed_at.astimezone(zone).replace(tzinfo=None)
    days = max(wall.days, 0)
    if days and days_after(changed_at, days, zone) > at:  # the hour that occurs twice
        days -= 1
    return days


def thresholds_in_stage(usual: Sequence[int], rotten_days: int | None) -> tuple[int, ...]:
    """Return the thresholds of a deal, ascending: the rotting time of its stage stands for the usual ones."""
    return (rotten_days,) if rotten_days else tuple(sorted(usual))


def overdue_at(state: Mapping[str, Json], zone: ZoneInfo) -> datetime | None:
    """Return from when on an activity is overdue: its time, or the end of its day where it has none."""
    day, clock = state.get("due_date"), state.get("due_time")
    due = due_moment(day, clock)
    if due is not None:
        return due
    try:
        named = date.fromisoformat(str(day)[:10])
        return datetime.combine(named + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
