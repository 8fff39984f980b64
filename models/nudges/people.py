"""Who is asked in the morning: the people of a team who are matched with a user of Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.visibility import TO_A_PERSON, active_users, visibility
from models.nudges.find import NudgeReader
from models.nudges.settings import WEEKDAYS, NudgePlan
from models.tables.accounts import Role, User
from models.waits.working_time import WorkingTime, working_time_of

LATEST: Final = timedelta(hours=4)  # a morning that could not be kept is left out after so long


@dataclass(frozen=True, slots=True)
class Morning:
    """When a person is asked next: `day` is theirs; `starts` is in UTC."""

    user: User
    day: date
    starts: datetime


def people_to_ask(session: Session, tenant_id: int) -> Sequence[User]:
    """Return the people of a team whom the app can write to, who may press on cards, by their ids."""
    may_press = User.role.in_((Role.ADMIN, Role.MANAGER, Role.SALES_REP))
    mine = (User.tenant_id == tenant_id, User.chat_name.is_not(None), may_press)
    return session.scalars(select(User).where(*mine).order_by(User.id)).all()


def next_morning(user: User, working: WorkingTime, plan: NudgePlan, at: datetime) -> Morning:
    """Return the morning that has come and is not over yet, else the next one.

    A morning in quiet hours begins at their end, if that is on the same day.
    """
    today = at.astimezone(working.zone).date()
    for ahead in range(370):
        day = today + timedelta(days=ahead)
        if WEEKDAYS[day.weekday()] not in plan.weekdays:
            continue
        wanted = datetime.combine(day, time.fromisoformat(plan.at), working.zone).astimezone(at.tzinfo)
        starts = working.next_moment(wanted)
        if starts.astimezone(working.zone).date() == day and at < starts + LATEST:
            return Morning(user, day, starts)
    return Morning(user, today, at + timedelta(days=370))


def reader_of(session: Session, tenant_id: int, user_id: int, at: datetime) -> NudgeReader | None:
    """Return a person as the checks ask them, None for somebody who is gone."""
    user = session.get(User, (tenant_id, user_id))
    if user is None:
        return None
    zone = working_time_of(session, tenant_id, user_id, at).zone
    return as_reader(user, zone, active_users(session, tenant_id), asks_for_team(session, tenant_id))


def as_reader(user: User, zone: ZoneInfo, users: frozenset[str], asked_for_team: int | None) -> NudgeReader:
    """Return a person as the checks ask them; `users` are the active ones of the company."""
    mine = user.pipedrive_user_id

    def sees(permitted: frozenset[str] | None) -> bool:
        return not visibility(permitted, users, TO_A_PERSON, pipedrive_user_id=mine).redacted_because

    return NudgeReader(mine, zone, sees, manages=user.id == asked_for_team)


def asks_for_team(session: Session, tenant_id: int) -> int | None:
    """Return who is asked about deals that nobody owns: the first manager, else the first admin."""
    people = people_to_ask(session, tenant_id)
    for role in (Role.MANAGER, Role.ADMIN):
        found = next((each.id for each in people if each.role == role), None)
        if found is not None:
            return found
    return None
