"""Reporting lines: who is whose manager in a team, and whom that makes a smaller team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.queries import get_user
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.security.audit import record
from models.tables.accounts import ReportingLine, User


@dataclass(frozen=True, slots=True)
class ReportingLines:
    """The manager of each user who has one, by their ids."""

    managers: Mapping[int, int]

    def manager_of(self, user_id: int) -> int | None:
        return self.managers.get(user_id)

    def reports_of(self, user_id: int) -> set[int]:
        """Return who reports to somebody directly."""
        return {each for each, manager in self.managers.items() if manager == user_id}

    def team_of(self, user_id: int) -> set[int]:
        """Return somebody's team, with them: their manager, and who reports to the same.

        Of who has no manager it is who reports to them.
        """
        leader = self.managers.get(user_id, user_id)
        return {user_id, leader} | self.reports_of(leader)

    def is_above(self, user_id: int, other: int) -> bool:
        """Return whether somebody is the manager of `other`, or of one of their managers."""
        above = self.managers.get(other)
        while above is not None and above != user_id:
            above = self.managers.get(above)
        return above is not None


def read_lines(session: Session, tenant_id: int) -> ReportingLines:
    columns = (ReportingLine.user_id, ReportingLine.manager_id)
    rows = session.execute(select(*columns).where(ReportingLine.tenant_id == tenant_id))
    return ReportingLines({row.user_id: row.manager_id for row in rows})


def manager_of(session: Session, user: User) -> User | None:
    """Return who is set as somebody's manager, None if nobody is."""
    mine = (ReportingLine.tenant_id == user.tenant_id, ReportingLine.user_id == user.id)
    found = session.scalar(select(ReportingLine.manager_id).where(*mine))
    return get_user(session, user.tenant_id, found) if found is not None else None


def set_manager(session: Session, actor: Actor, user_id: int, manager_id: int | None) -> User | None:
    """Set somebody's manager, None for nobody; return who it was before.

    Raises NotAllowed, NotFound, and InvalidRequest for oneself and for who reports to them already.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    _lock_users(session, actor.tenant)  # two at once could make a circle
    user = _user(session, actor, user_id)
    manager = _user(session, actor, manager_id) if manager_id is not None else None
    if manager is not None:
        _check(read_lines(session, actor.tenant), user, manager)
    before = manager_of(session, user)
    if before is not manager:
        mine = (ReportingLine.tenant_id == actor.tenant, ReportingLine.user_id == user.id)
        session.execute(delete(ReportingLine).where(*mine))
        if manager is not None:
            session.add(ReportingLine(tenant_id=actor.tenant, user_id=user.id, manager_id=manager.id))
        session.flush()
        words = {"before": before.email if before else "", "manager": manager.email if manager else ""}
        record(session, actor, "user.manager", user.email, **words)
    return before


def _check(lines: ReportingLines, user: User, manager: User) -> None:
    if user.id == manager.id:
        raise InvalidRequest.of_field("manager_id", tr("Nobody is their own manager."))
    if lines.is_above(user.id, manager.id):
        text = tr(
            "{manager} reports to {person} already, so it cannot be the other way round, too.",
            manager=manager.display_name or manager.email,
            person=user.display_name or user.email,
        )
        raise InvalidRequest.of_field("manager_id", text)


def _lock_users(session: Session, tenant_id: int) -> None:
    mine = select(User.id).where(User.tenant_id == tenant_id).order_by(User.id)
    session.execute(mine.with_for_update()).all()


def _user(session: Session, actor: Actor, user_id: int) -> User:
    found = get_user(session, actor.tenant, user_id)
    if found is None:
        raise NotFound(user_message=tr("They are not in your team any more."))
    return found
