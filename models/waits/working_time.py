"""When somebody works: outside of the quiet hours that hold for them, and not on days off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.accounts.queries import get_tenant
from models.destinations.quiet_hours import Window, held_until
from models.tables.destinations import QuietHours
from models.tables.waits import DayOff

MOST_STEPS: Final = 64  # windows and days off that follow each other; later ones are looked at again


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The quiet windows that may hold for a person, their days off as (first, last), and their clock."""

    user_id: int
    windows: Sequence[Window]
    days_off: Sequence[tuple[date, date]]
    zone: ZoneInfo

    def next_moment(self, at: datetime) -> datetime:
        """Return the first moment from `at` on at which the person works; `at` itself if they do then."""
        moment = at
        for _ in range(MOST_STEPS):
            later = self.quiet_until(moment) or self._end_of_days_off(moment)
            if later is None:
                break
            moment = later
        return moment

    def after(self, at: datetime, minutes: int) -> datetime:
        """Return when the person has worked for so many minutes from `at` on, to a sixtieth of them."""
        moment, left = self.next_moment(at), minutes
        while left > 0:
            step = min(max(1, minutes // 60), left)
            moment, left = self.next_moment(moment + timedelta(minutes=step)), left - step
        return moment

    def quiet_until(self, at: datetime, *, urgent: bool = False) -> datetime | None:
        """Return when the quiet hours of a moment end, None outside of them, and for what passes them."""
        return held_until(self.windows, space_id=None, user_id=self.user_id, urgent=urgent, at=at)

    def _end_of_days_off(self, at: datetime) -> datetime | None:
        today = at.astimezone(self.zone).date()
        last = max((last for first, last in self.days_off if first <= today <= last), default=None)
        if last is None:
            return None
        return datetime.combine(last + timedelta(days=1), time(), self.zone).astimezone(UTC)


def working_time_of(session: Session, tenant_id: int, user_id: int, at: datetime) -> WorkingTime:
    """Return when a person works from `at` on: by their own quiet hours, else by those of the team."""
    return working_times_of(session, tenant_id, [user_id], at)[user_id]


def working_times_of(
    session: Session, tenant_id: int, user_ids: Collection[int], at: datetime
) -> dict[int, WorkingTime]:
    """Return when people work from `at` on, by their ids."""
    of_them = (QuietHours.tenant_id == tenant_id, QuietHours.is_enabled, QuietHours.space_id.is_(None))
    theirs = or_(QuietHours.user_id.is_(None), QuietHours.user_id.in_(user_ids))
    every = [Window.of(row) for row in session.scalars(select(QuietHours).where(*of_them, theirs))]
    yesterday = at.date() - timedelta(days=1)
    days = (DayOff.tenant_id == tenant_id, DayOff.last_day >= yesterday)
    off = or_(DayOff.user_id.is_(None), DayOff.user_id.in_(user_ids))
    columns = select(DayOff.user_id, DayOff.first_day, DayOff.last_day)
    found = session.execute(columns.where(*days, off)).all()
    timezone = get_tenant(session, tenant_id).timezone
    made = {}
    for each in user_ids:
        windows = [window for window in every if window.user_id in (None, each)]
        own = next((window.timezone for window in windows if window.user_id == each), None)
        days_off = [(first, last) for user_id, first, last in found if user_id in (None, each)]
        made[each] = WorkingTime(each, windows, days_off, ZoneInfo(own or timezone))
    return made
