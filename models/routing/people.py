"""The people of a policy as they are now: their load, whether they are away, when they work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.accounts.queries import get_tenant
from models.routing.choose import Member
from models.tables.accounts import User
from models.tables.leads import Lead
from models.tables.routing import Absence, Assignment, AssignmentState
from models.waits.working_time import WorkingTime, working_times_of


@dataclass(frozen=True, slots=True)
class RoutingTeam:
    """People who can get leads, with their users and working times by id."""

    people: dict[int, Member]
    users: dict[int, User]
    times: dict[int, WorkingTime]


def load_team(session: Session, tenant_id: int, user_ids: Collection[int], at: datetime) -> RoutingTeam:
    """Return those of these users who are matched with Pipedrive, as they are at a moment."""
    mine = (User.tenant_id == tenant_id, User.id.in_(user_ids), User.pipedrive_user_id.is_not(None))
    users = {user.id: user for user in session.scalars(select(User).where(*mine))}
    times = working_times_of(session, tenant_id, list(users), at)
    away = away_now(session, tenant_id, at)
    today = _today(session, tenant_id, users, at)
    load = open_leads(session, tenant_id, users)
    people = {
        key: Member(key, load[key], today[key], key in away, times[key].next_moment(at) <= at)
        for key in users
    }
    return RoutingTeam(people, users, times)


def away_now(session: Session, tenant_id: int, at: datetime) -> dict[int, datetime | None]:
    """Return who gets no leads, and until when; None for until they say that they are back."""
    still = or_(Absence.until.is_(None), Absence.until > at)
    found = session.execute(
        select(Absence.user_id, Absence.until).where(Absence.tenant_id == tenant_id, still)
    )
    return {row.user_id: row.until for row in found}


def open_leads(session: Session, tenant_id: int, users: dict[int, User]) -> Counter[int]:
    """Count each person's open leads: those they own, and those offered to them that others own yet."""
    by_owner = {str(user.pipedrive_user_id): key for key, user in users.items()}
    owned = (Lead.tenant_id == tenant_id, Lead.is_open.is_(True), Lead.owner_id.in_(by_owner))
    rows = session.execute(select(Lead.owner_id, func.count()).where(*owned).group_by(Lead.owner_id))
    counts: Counter[int] = Counter({by_owner[str(owner)]: count for owner, count in rows})
    of_lead = and_(
        Lead.tenant_id == Assignment.tenant_id,
        Lead.entity == Assignment.entity,
        Lead.object_id == Assignment.object_id,
    )
    offered = (
        Assignment.tenant_id == tenant_id,
        Assignment.state == AssignmentState.OFFERED,
        Assignment.user_id.in_(users),
        Lead.is_open.is_(True),
    )
    query = select(Assignment.user_id, Lead.owner_id, func.count()).join(Lead, of_lead).where(*offered)
    for user_id, owner, count in session.execute(query.group_by(Assignment.user_id, Lead.owner_id)):
        if user_id is not None and str(owner) != str(users[user_id].pipedrive_user_id):
            counts[user_id] += count
    return counts


def _today(session: Session, tenant_id: int, users: Collection[int], at: datetime) -> Counter[int]:
    """Count the leads that each person got since midnight, by the clock of the team."""
    zone = ZoneInfo(get_tenant(session, tenant_id).timezone)
    midnight = datetime.combine(at.astimezone(zone).date(), time(), zone)
    since = (Assignment.tenant_id == tenant_id, Assignment.user_id.in_(users), Assignment.at >= midnight)
    rows = session.execute(
        select(Assignment.user_id, func.count()).where(*since).group_by(Assignment.user_id)
    )
    return Counter({user_id: count for user_id, count in rows if user_id is not None})
