"""Goes through the known deals after another choice of pipelines: some become leads, others are none now.

In parts, each in a transaction of its own. Two passes: the second finds what a process wrote meanwhile that
did not know of the choice yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from models.connections.lead_pipelines import lead_pipelines_of
from models.languages.translate import marked
from models.leads.arrivals import CLAIM
from models.leads.mirror import mirror
from models.leads.pipelines import FIRST, of_deals
from models.leads.snooze import RETURN
from models.pipedrive.deal_leads import DEAL, is_lead_deal
from models.stalled.track import Row, unpacked
from models.tables.leads import Lead, LeadSettings
from models.tables.routing import Assignment, AssignmentState
from models.tables.stalled import TrackedObject
from models.tables.waits import DurableWait, WaitState
from models.waits.store import end_wait

NO_LEAD: Final = marked("The deals of its pipeline are no leads any more.")


def is_adopting(session: Session, at: datetime) -> bool:
    """Return whether the deals of some team are to be gone through. The session sees all tenants."""
    return session.scalar(select(LeadSettings.tenant_id).where(_is_due(at)).limit(1)) is not None


def adopt_some(session: Session, at: datetime, limit: int) -> bool:
    """Go through the next deals of a team that chose other pipelines; False where no team did.

    The session is a writing one over all tenants.
    """
    due = select(LeadSettings).where(_is_due(at)).limit(1).with_for_update(skip_locked=True)
    row = session.scalars(due).first()
    if row is None:
        return False
    if row.adopted_to is None:
        row.adopted_to, row.adopt_again_at = FIRST, None
    ids = _next_ids(session, row.tenant_id, row.adopted_to, limit)
    if not ids:
        row.adopted_to = None
        return True
    chosen = lead_pipelines_of(session, row.tenant_id)
    known = _known(session, row.tenant_id, ids)
    _drop(session, [lead for lead in known.values() if lead.pipeline_id not in chosen], at)
    _adopt(session, row.tenant_id, ids, known, chosen)
    row.adopted_to, row.adopt_done = ids[-1], row.adopt_done + len(ids)
    return True


def _is_due(at: datetime) -> Any:
    return or_(LeadSettings.adopted_to.is_not(None), LeadSettings.adopt_again_at <= at)


def _next_ids(session: Session, tenant_id: int, after: str, limit: int) -> list[str]:
    may_be, are = of_deals(tenant_id)
    found: set[str] = set()
    for column, mine in ((TrackedObject.object_id, may_be), (Lead.object_id, are)):
        found |= set(
            session.scalars(select(column).where(*mine, column > after).order_by(column).limit(limit))
        )
    return sorted(found)[:limit]


def _known(session: Session, tenant_id: int, ids: Sequence[str]) -> dict[str, Lead]:
    mine = (Lead.tenant_id == tenant_id, Lead.entity == DEAL, Lead.object_id.in_(ids))
    rows = session.scalars(select(Lead).where(*mine).order_by(Lead.object_id).with_for_update())
    return {row.object_id: row for row in rows}


def _adopt(
    session: Session, tenant_id: int, ids: Sequence[str], known: dict[str, Lead], chosen: Collection[str]
) -> None:
    """Make leads of the deals that are in a chosen pipeline, and are none yet."""
    may_be, _ = of_deals(tenant_id)
    rows = session.scalars(select(TrackedObject).where(*may_be, TrackedObject.object_id.in_(ids)))
    new = [
        _state_row(each)
        for each in rows
        if is_lead_deal(unpacked(each.state)[0], chosen) and not _is_lead(known.get(each.object_id), chosen)
    ]
    session.flush()
    mirror(session, new, {tenant_id: chosen})


def _is_lead(row: Lead | None, chosen: Collection[str]) -> bool:
    return row is not None and row.is_open and row.pipeline_id in chosen


def _state_row(tracked: TrackedObject) -> Row:
    names = ("tenant_id", "entity", "object_id", "is_open", "owner_id", "changed_at", "heard_at", "state")
    return {name: getattr(tracked, name) for name in names}


def _drop(session: Session, rows: Sequence[Lead], at: datetime) -> None:
    """Let deals be no leads any more: what waits for them ends. Their histories stay for another choice."""
    for row in rows:
        _end_waits(session, row, at)
        mine = (Lead.tenant_id == row.tenant_id, Lead.entity == row.entity, Lead.object_id == row.object_id)
        session.execute(delete(Lead).where(*mine).execution_options(synchronize_session=False))
        session.expunge(row)


def _end_waits(session: Session, row: Lead, at: datetime) -> None:
    of_lead = (DurableWait.entity == row.entity, DurableWait.object_id == row.object_id)
    open_waits = (
        DurableWait.tenant_id == row.tenant_id,
        *of_lead,
        DurableWait.action.in_((CLAIM, RETURN)),
        DurableWait.state == WaitState.WAITING,
    )
    for wait in session.scalars(select(DurableWait).where(*open_waits).with_for_update()):
        end_wait(session, wait, WaitState.ENDED, at, NO_LEAD)
    offered = (
        Assignment.tenant_id == row.tenant_id,
        Assignment.entity == row.entity,
        Assignment.object_id == row.object_id,
        Assignment.state.in_((AssignmentState.WAITING, AssignmentState.OFFERED)),
    )
    for each in session.scalars(select(Assignment).where(*offered).with_for_update()):
        each.state, each.answered_at, each.reason = AssignmentState.TAKEN, at, NO_LEAD
