"""Not now: a lead rests until a moment, and then comes back to whoever put it off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.accounts.queries import get_user
from models.connections.queries import link_base
from models.errors import InvalidRequest
from models.languages.translate import for_later, tr
from models.leads.history import LeadRef, NewLine, add_line
from models.leads.queries import LeadView, get_lead
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationType
from models.pipedrive.entity import ENTITIES
from models.security.audit import record
from models.stalled.queries import seen_by_person
from models.tables.leads import Lead, LeadEvent
from models.tables.waits import DurableWait
from models.waits.store import NewWait, add_wait

RETURN: Final = "lead.return"  # the action of a wait that brings a lead back
FARTHEST: Final = timedelta(days=366)
TITLE_LETTERS: Final = 150


def snooze_row(session: Session, actor: Actor, row: Lead, until: datetime, reason: str, at: datetime) -> None:
    """Let a lead rest until then; a wait brings it back. Raises InvalidRequest for a day out of reach."""
    if not at < until <= at + FARTHEST:
        raise InvalidRequest.of_field("until", tr("Choose a day to come, within a year."))
    stored = session.get(Lead, (row.tenant_id, row.entity, row.object_id), with_for_update=True)
    if stored is None or actor.user_id is None:
        raise InvalidRequest(user_message=tr("This lead is not known here any more."))
    until = until.astimezone(UTC)
    stored.snoozed_until, stored.snooze_reason = until, reason
    wait = NewWait(
        actor.user_id,
        RETURN,
        f"lead-{row.object_id[:40]}-{until:%Y%m%d%H%M%S}-{actor.user_id}",
        until,
        entity=row.entity,
        object_id=row.object_id,
        details={"until": until.isoformat()},
        in_hours=True,
    )
    add_wait(session, row.tenant_id, wait, at)
    record(session, actor, "lead.snoozed", f"{row.entity} {row.object_id}", until=until.isoformat())


def bring_back(session: Session, wait: DurableWait, at: datetime) -> str:
    """End the rest of a lead and say so to whoever put it off; nothing for one that rests longer by now.

    What that person may not see in Pipedrive any more is not named to them.
    """
    lead = LeadRef(wait.tenant_id, wait.entity, wait.object_id)
    row = session.get(Lead, (lead.tenant_id, lead.entity, lead.id), with_for_update=True)
    if row is None or not row.is_open or row.snoozed_until is None:
        return ""
    if row.snoozed_until.isoformat() != wait.details.get("until"):
        return ""
    row.snoozed_until, reason, row.snooze_reason = None, row.snooze_reason, ""
    add_line(session, lead, NewLine(LeadEvent.RETURNED, at, f"wait:{wait.id}"))
    user = get_user(session, wait.tenant_id, wait.user_id)
    sees = seen_by_person(session, wait.tenant_id, wait.user_id)
    view = LeadView(session, wait.tenant_id, sees, at)
    found = get_lead(view, lead.key)
    if user is None or found is None:
        return ""
    title = str(found.state.get("title") or "")[:TITLE_LETTERS]
    base = link_base(session, wait.tenant_id)
    new = NewNotification(
        user.email,
        NotificationType.TASK_DUE,
        for_later("Back: {title}", title=title),
        for_later("You put it off: {reason}", reason=reason) if reason else "",
        f"{base}{ENTITIES[lead.entity].path(lead.id)}" if base else "",
        key=f"lead-back-{wait.id}",
        source=RETURN,
        asked_for_now=True,
    )
    send_notification(session, system(wait.tenant_id, RETURN), new, at)
    return ""
