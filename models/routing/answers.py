"""What people answer to a lead that was offered to them, and what happens when they do not."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.queries import get_user
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.leads.adopt import NO_LEAD
from models.leads.history import LeadRef, NewLine, add_line
from models.leads.queries import LeadView, get_lead
from models.routing.offer import NOBODY_WRITES, lock_wait, write_owner
from models.routing.route import escalate, expected_owners
from models.security.audit import record
from models.tables.leads import Lead, LeadEvent
from models.tables.routing import Assignment, AssignmentState
from models.tables.waits import DurableWait, WaitState
from models.waits.store import end_wait

REASON_LETTERS: Final = 300
ANSWERED: Final = marked("It was answered before.")


def accept(session: Session, actor: Actor, assignment_id: int, at: datetime) -> Assignment:
    """Accept a lead; accepting again changes nothing. Its owner is written where that was not done yet.

    Raises NotAllowed, NotFound, and InvalidRequest where it went on to somebody else.
    """
    row = _lock_own(session, actor, assignment_id)
    if row.state == AssignmentState.ACCEPTED:
        return row
    _require_open(session, row)
    _answer(session, row, AssignmentState.ACCEPTED, at)
    ref = LeadRef(row.tenant_id, row.entity, row.object_id)
    add_line(session, ref, NewLine(LeadEvent.ACCEPTED, at, f"answer:{row.step}", actor.user_id))
    record(session, actor, "lead.accepted", f"{row.entity} {row.object_id}", step=row.step)
    lead = get_lead(LeadView(session, row.tenant_id, lambda _: True, at), ref.key)
    user = get_user(session, row.tenant_id, row.user_id or 0)
    if lead is not None and user is not None and lead.row.owner_id != user.pipedrive_user_id:
        is_written = write_owner(session, row, lead, user, at, accepts=True)
        row.reason = "" if is_written else NOBODY_WRITES
    return row


def decline(session: Session, actor: Actor, assignment_id: int, reason: str, at: datetime) -> Assignment:
    """Decline a lead, for a reason; it goes to the next person. Declining again changes nothing.

    Raises NotAllowed, NotFound, and InvalidRequest without a reason, and where it went on already.
    """
    row, reason = _lock_own(session, actor, assignment_id), " ".join(reason.split())[:REASON_LETTERS]
    if row.state == AssignmentState.DECLINED:
        return row
    if not reason:
        raise InvalidRequest.of_field("reason", tr("Why not? Give it a few words."))
    _require_open(session, row)
    _answer(session, row, AssignmentState.DECLINED, at)
    row.reason = reason
    ref = LeadRef(row.tenant_id, row.entity, row.object_id)
    line = NewLine(LeadEvent.DECLINED, at, f"answer:{row.step}", actor.user_id, {"reason": reason})
    add_line(session, ref, line)
    record(session, actor, "lead.declined", f"{row.entity} {row.object_id}", step=row.step, reason=reason)
    escalate(session, row, at)
    return row


def expire(session: Session, wait: DurableWait, at: datetime) -> str:
    """End the time that somebody had to accept: the lead goes on, unless it was dealt with meanwhile."""
    mine = (Assignment.tenant_id == wait.tenant_id, Assignment.id == int(wait.details["assignment"]))
    row = session.scalars(select(Assignment).where(*mine).with_for_update()).one_or_none()
    if row is None or row.state != AssignmentState.OFFERED:
        return ANSWERED
    lead = session.get(Lead, (row.tenant_id, row.entity, row.object_id))
    row.answered_at = at
    if lead is None or not lead.is_open or lead.owner_id not in expected_owners(session, row):
        row.state = AssignmentState.TAKEN
    elif lead.contacted_at is not None and lead.contacted_at >= row.at:
        row.state, row.answered_at = AssignmentState.ACCEPTED, lead.contacted_at
    else:
        row.state = AssignmentState.EXPIRED
        escalate(session, row, at)
    return ""


def get_assignment(session: Session, actor: Actor, assignment_id: int) -> Assignment:
    """Return a lead that was given to the actor. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CARD_PRESS)
    mine = (Assignment.tenant_id == actor.tenant, Assignment.id == assignment_id)
    row = session.scalars(select(Assignment).where(*mine)).one_or_none()
    if row is None or row.user_id is None or row.user_id != actor.user_id:
        raise NotFound(user_message=tr("This lead was not given to you, or is not known here any more."))
    return row


def offered_to(session: Session, actor: Actor) -> list[Assignment]:
    """Return the leads that are offered to the actor and not answered yet. Raises NotAllowed."""
    require(session, actor, Action.DEAL_READ)
    mine = (Assignment.tenant_id == actor.tenant, Assignment.user_id == actor.user_id)
    query = select(Assignment).where(*mine, Assignment.state == AssignmentState.OFFERED)
    return list(session.scalars(query.order_by(Assignment.id)))


def _lock_own(session: Session, actor: Actor, assignment_id: int) -> Assignment:
    """Lock the wait for the answer first, as whoever carries it out does: else two wait for each other."""
    row = get_assignment(session, actor, assignment_id)
    lock_wait(session, row)
    session.refresh(row, with_for_update=True)
    return row


def _require_open(session: Session, row: Assignment) -> None:
    """Raise InvalidRequest if a lead is not offered any more: of two answers at once only one finds it so."""
    lead = session.get(Lead, (row.tenant_id, row.entity, row.object_id))
    if row.state != AssignmentState.OFFERED and row.reason == NO_LEAD:
        raise InvalidRequest(user_message=tr(NO_LEAD))
    if row.state != AssignmentState.OFFERED:
        raise InvalidRequest(user_message=tr("It went on to somebody else meanwhile."))
    if lead is None or not lead.is_open:
        raise InvalidRequest(user_message=tr("This lead is over: it was converted, archived or deleted."))
    if lead.owner_id not in expected_owners(session, row):
        raise InvalidRequest(user_message=tr("It went on to somebody else meanwhile."))


def _answer(session: Session, row: Assignment, state: AssignmentState, at: datetime) -> None:
    row.state, row.answered_at = state, at
    wait = lock_wait(session, row)
    if wait is not None and wait.state == WaitState.WAITING:
        end_wait(session, wait, WaitState.ENDED, at, ANSWERED)
    session.flush()
