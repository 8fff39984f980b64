"""How fast people answer: what was offered to each, what became of it, and the first response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.tables.leads import Lead
from models.tables.routing import Assignment, AssignmentState

MOST_DAYS: Final = 366
MOST_ROWS: Final = 20_000


@dataclass(slots=True)
class PersonAnswers:
    """What was offered to one person, and how it ended; `seconds` are how long each acceptance took."""

    user_id: int
    offered: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def typical_s(self) -> float | None:
        """The median of the seconds until they accepted, None without any."""
        return median(self.seconds) if self.seconds else None


@dataclass(frozen=True, slots=True)
class RoutingReport:
    """`leads` were routed since then, of which `contacted` were contacted, typically after `response_s`."""

    leads: int
    contacted: int
    response_s: float | None
    waiting: int
    people: Sequence[PersonAnswers]


def report_routing(session: Session, actor: Actor, since: datetime) -> RoutingReport:
    """Return how leads that were routed since then were answered. Raises NotAllowed.

    The first response is the time from the first offer to the first contact by anybody.
    """
    require(session, actor, Action.DEAL_READ)
    mine = (Assignment.tenant_id == actor.tenant, Assignment.at >= since, Assignment.user_id.is_not(None))
    newest = select(Assignment).where(*mine).order_by(Assignment.at.desc()).limit(MOST_ROWS)
    people: dict[int, PersonAnswers] = {}
    for row in session.scalars(newest):
        each = people.setdefault(row.user_id or 0, PersonAnswers(row.user_id or 0))
        each.offered += 1
        each.accepted += row.state == AssignmentState.ACCEPTED
        each.declined += row.state == AssignmentState.DECLINED
        each.expired += row.state == AssignmentState.EXPIRED
        if row.state == AssignmentState.ACCEPTED and row.answered_at is not None:
            each.seconds.append((row.answered_at - row.at).total_seconds())
    responses, leads = _responses(session, actor.tenant, since)
    waiting = (
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.tenant_id == actor.tenant, Assignment.state == AssignmentState.WAITING)
    )
    return RoutingReport(
        leads,
        len(responses),
        median(responses) if responses else None,
        session.scalar(waiting) or 0,
        sorted(people.values(), key=lambda one: (-one.offered, one.user_id)),
    )


def _responses(session: Session, tenant_id: int, since: datetime) -> tuple[list[float], int]:
    """Return the seconds from first offer to first contact of contacted leads, and how many were routed."""
    of_lead = and_(
        Lead.tenant_id == Assignment.tenant_id,
        Lead.entity == Assignment.entity,
        Lead.object_id == Assignment.object_id,
    )
    first = (Assignment.tenant_id == tenant_id, Assignment.step == 0, Assignment.at >= since)
    offered = (*first, Assignment.user_id.is_not(None))
    query = select(Assignment.at, Lead.contacted_at).join(Lead, of_lead).where(*offered)
    found = session.execute(query.order_by(Assignment.at.desc()).limit(MOST_ROWS)).all()
    seconds = [(met - at).total_seconds() for at, met in found if met is not None and met >= at]
    return seconds, len(found)


def read_days(days: int, at: datetime) -> datetime:
    """Return the moment that a report of so many days begins at."""
    return at - timedelta(days=min(max(days, 1), MOST_DAYS))
