"""Offers a lead to somebody: its owner in Pipedrive, the message with its buttons, the time to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.accounts.queries import find_user
from models.accounts.rights import Action
from models.accounts.tokens import actor_of_user
from models.card_actions.actions import CardPress, record_press
from models.connections.queries import get_connection, link_base, own_grant
from models.deliveries.notices import Notice, press_url
from models.languages.translate import for_later, marked
from models.leads.arrivals import CLAIM
from models.leads.history import NewLine, add_line
from models.leads.queries import KnownLead
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationType, Priority
from models.pipedrive.entity import ENTITIES
from models.routing.policies import PolicyDraft
from models.stalled.queries import seen_by_person
from models.tables.accounts import User
from models.tables.leads import LeadEvent
from models.tables.routing import Assignment, AssignmentState
from models.tables.waits import DurableWait
from models.waits.store import NewWait, add_wait
from models.waits.working_time import WorkingTime

SOURCE: Final = "routing"
NOBODY_WRITES: Final = marked("Nobody is connected who could write the owner to Pipedrive.")
TITLE_LETTERS: Final = 120


@dataclass(frozen=True, slots=True)
class RoutingCase:
    """A lead that is being given to somebody: its locked assignment, the lead, its policy, and when."""

    session: Session
    row: Assignment
    lead: KnownLead
    policy: PolicyDraft
    at: datetime


def offer(case: RoutingCase, user: User, hours: WorkingTime) -> None:
    """Offer a lead to a user. The row is locked and waits; what is stored here is stored once for it."""
    session, row, lead, policy, at = case.session, case.row, case.lead, case.policy, case.at
    row.user_id, row.state, row.at = user.id, AssignmentState.OFFERED, at
    row.owner_id, row.reason = lead.row.owner_id, ""
    what = LeadEvent.ROUTED if row.step == 0 else LeadEvent.ESCALATED
    details = {"owner_id": str(user.pipedrive_user_id), "policy": policy.name}
    add_line(session, lead.ref, NewLine(what, at, f"route:{row.step}", details=details))
    if policy.writes_owner and not write_owner(session, row, lead, user, at):
        row.reason = NOBODY_WRITES
    if policy.claim_minutes and not row.is_last:
        later = at + timedelta(minutes=policy.claim_minutes)
        row.due_at = hours.after(at, policy.claim_minutes) if policy.in_hours else later
        wait = NewWait(
            user.id,
            CLAIM,
            wait_key(row),
            row.due_at,
            entity=row.entity,
            object_id=row.object_id,
            details={"assignment": row.id},
            in_hours=policy.in_hours,
        )
        add_wait(session, row.tenant_id, wait, at)
    _notify(case, user)
    session.flush()


def wait_key(row: Assignment) -> str:
    """Return the key of the wait for an answer."""
    return f"route-{row.id}"


def write_owner(
    session: Session, row: Assignment, lead: KnownLead, user: User, at: datetime, *, accepts: bool = False
) -> bool:
    """Let the owner be written to Pipedrive, as somebody who is connected; False if nobody is.

    That is whoever connected the team: the new owner may not see the lead yet. Who `accepts` it does it
    themselves, if they are connected. The first offer is not written where somebody else became the owner.
    """
    writer = _writer(session, user, accepts=accepts)
    if writer is None:
        return False
    press = CardPress(
        key=f"route-{row.id}{'-accepted' if accepts else ''}",
        do=f"{row.entity}.{'route' if row.step == 0 and not accepts else 'assign'}",
        delivery_id=None,
        entity=row.entity,
        object_id=row.object_id,
        lane="",
        fields={"owner_id": int(str(user.pipedrive_user_id))},
        since=at,
        present=lead.row.owner_id or "",
    )
    record_press(session, writer, press)
    return True


def _writer(session: Session, user: User, *, accepts: bool) -> Actor | None:
    connection = get_connection(session, user.tenant_id)
    connector = find_user(session, user.tenant_id, connection.connected_by or "") if connection else None
    for each in (user, connector) if accepts else (connector, user):
        if each is not None and own_grant(session, user.tenant_id, each.id) is not None:
            actor = actor_of_user(session, each)
            if actor.may(Action.CARD_PRESS):
                return actor
    return None


def _notify(case: RoutingCase, user: User) -> None:
    """Send the assignee the lead with its buttons; what they may not see in Pipedrive yet is not named."""
    session, row, lead, policy, at = case.session, case.row, case.lead, case.policy, case.at
    sees = seen_by_person(session, row.tenant_id, user.id)(lead.known.change.permitted_user_ids)
    title = str(lead.state.get("title") or "")[:TITLE_LETTERS] if sees else ""
    head = for_later("A lead for you: {title}", title=title) if title else for_later("A lead for you")
    base = link_base(session, row.tenant_id)
    url = f"{base}{ENTITIES[row.entity].path(row.object_id)}" if base else ""
    buttons = [
        (marked("Accept"), press_url("route.accept", assignment=row.id)),
        (marked("Decline"), press_url("route.ask", assignment=row.id)),
        *([(marked("Open in Pipedrive"), url)] if url else []),
    ]
    words = _words(row, policy)
    notice = Notice(head, words, "\n".join(text for text, _ in buttons), "\n".join(to for _, to in buttons))
    new = NewNotification(
        user.email,
        NotificationType.LEAD_ASSIGNED,
        head,
        words,
        url,
        Priority.HIGH,
        key=f"route-{row.id}",
        source=SOURCE,
        notice=notice,
    )
    send_notification(session, system(row.tenant_id, SOURCE), new, at)


def _words(row: Assignment, policy: PolicyDraft) -> str:
    if row.is_last:
        return for_later(
            "Nobody accepted it, so it comes to you. By the policy {policy}.", policy=policy.name
        )
    if policy.claim_minutes:
        return for_later(
            "Accept it within {minutes} minutes, or it goes to the next. By the policy {policy}.",
            minutes=policy.claim_minutes,
            policy=policy.name,
        )
    return for_later("By the policy {policy}.", policy=policy.name)


def lock_wait(session: Session, row: Assignment) -> DurableWait | None:
    """Return the wait for an answer, locked, None if there is none."""
    mine = (DurableWait.tenant_id == row.tenant_id, DurableWait.key == wait_key(row))
    return session.scalars(select(DurableWait).where(*mine).with_for_update()).one_or_none()
