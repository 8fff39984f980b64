"""How fast people answer: what was offered to each, what became of it, and the first response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.stalled.queries import seen_by_person
from models.stalled.track import unpacked
from models.tables.leads import Lead
from models.tables.routing import Assignment, AssignmentState
from models.tables.stalled import TrackedObject

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
    """Return how leads that were routed since then were answered, of those the actor may see.

    The first response is the time from the first offer to the first contact by anybody. Raises NotAllowed.
    """
    require(session, actor, Action.DEAL_READ)
    offered = (Assignment.at >= since, Assignment.user_id.is_not(None))
    people: dict[int, PersonAnswers] = {}
    responses: list[float] = []
    leads = 0
    for row, met in _seen(session, actor, *offered):
        each = people.setdefault(row.user_id or 0, PersonAnswers(row.user_id or 0))
        each.offered += 1
        each.accepted += row.state == AssignmentState.ACCEPTED
        each.declined += row.state == AssignmentState.DECLINED
        each.expired += row.state == AssignmentState.EXPIRED
        if row.state == AssignmentState.ACCEPTED and row.answered_at is not None:
            each.seconds.append((row.answered_at - row.at).total_seconds())
        leads += row.step == 0
        if row.step == 0 and met is not None and met >= row.at:
            responses.append((met - row.at).total_seconds())
    return RoutingReport(
        leads,
        len(responses),
        median(responses) if responses else None,
        len(_seen(session, actor, Assignment.state == AssignmentState.WAITING)),
        sorted(people.values(), key=lambda one: (-one.offered, one.user_id)),
    )


def _seen(
    session: Session, actor: Actor, *which: ColumnElement[bool]
) -> list[tuple[Assignment, datetime | None]]:
    """Return the newest assignments of leads that the actor may see, with when each lead was contacted."""
    sees = seen_by_person(session, actor.tenant, actor.user_id)
    query = select(Assignment, Lead.contacted_at, TrackedObject.state)
    for table in (Lead, TrackedObject):
        of_lead = (
            table.tenant_id == Assignment.tenant_id,
            table.entity == Assignment.entity,
            table.object_id == Assignment.object_id,
        )
        query = query.join(table, and_(*of_lead))
    mine = query.where(Assignment.tenant_id == actor.tenant, *which)
    rows = session.execute(mine.order_by(Assignment.at.desc()).limit(MOST_ROWS))
    return [(row, met) for row, met, state in rows if sees(unpacked(state)[1])]


def read_days(days: int, at: datetime) -> datetime:
    """Return the moment that a report of so many days begins at."""
    return at - timedelta(days=min(max(days, 1), MOST_DAYS))
