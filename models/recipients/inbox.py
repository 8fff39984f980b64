"""What people whom a record names want of its cards, and what their inbox keeps of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.languages.translate import marked
from models.notifications.preferences import ChosenBy, matrices
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.recipients.store import SOURCE
from models.tables.accounts import User
from models.tables.deliveries import Delivery

SWITCHED_OFF: Final = marked("switched off for direct messages, in the preferences of notifications")
IN_SUMMARY: Final = marked("it comes in a summary, as the preferences of notifications say")
TYPES: Final[Mapping[str, NotificationType]] = {
    "person.created": NotificationType.CONTACT_CREATED,
    "lead.created": NotificationType.LEAD_ASSIGNED,
    "lead.assigned": NotificationType.LEAD_ASSIGNED,
    "lead.updated": NotificationType.LEAD_UPDATED,
    "lead.converted": NotificationType.LEAD_UPDATED,
    "deal.won": NotificationType.DEAL_WON,
    "deal.lost": NotificationType.DEAL_LOST,
    "deal.stage_changed": NotificationType.DEAL_STAGE_CHANGED,
    "deal.stage_regressed": NotificationType.DEAL_STAGE_CHANGED,
    "deal.stalled": NotificationType.DEAL_STALLED,
    "activity.overdue": NotificationType.TASK_DUE,
}
_REFUSED: Final = {NotificationMode.OFF: SWITCHED_OFF, NotificationMode.DIGEST: IN_SUMMARY}
_NO_TAG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What an inbox says of an event, with the link to its object. `for_all`: everybody may see that."""

    text: str
    url: str
    for_all: bool


def refuses_card(session: Session, user: User, event_type: str) -> str:
    """Return why somebody gets no card of an event, as they or their team chose; empty if they get it.

    Where nobody chose, the rule decides: whoever made it wants them to know.
    """
    type_ = TYPES.get(event_type)
    if type_ is None:
        return ""
    chosen = matrices(session, user.tenant_id, [user.id])[user.id][type_][NotificationChannel.CHAT]
    return "" if chosen.by is ChosenBy.USUAL else _REFUSED.get(chosen.mode, "")


def keep_in_inbox(
    session: Session, user: User, delivery: Delivery, line: InboxLine, at: datetime, *, has_card: bool
) -> None:
    """Keep an event in somebody's inbox. `has_card`: its card comes, too."""
    type_ = TYPES.get(delivery.event_type)
    if type_ is None or not line.text:
        return
    new = NewNotification(
        user.email,
        type_,
        line.text,
        url=line.url,
        tags=tags_of_rule(delivery.rule_name),
        key=f"event-{delivery.event_id}",
        source=delivery.rule_name,
        has_card=has_card,
        for_all=line.for_all,
    )
    send_notification(session, system(delivery.tenant_id, SOURCE), new, at)


def tags_of_rule(rule_name: str) -> tuple[str, ...]:
    """Return a rule's name as a tag, so that an inbox can be filtered by it; none for one without letters."""
    tag = _NO_TAG.sub("-", rule_name.lower())[:40].strip("-")
    return (tag,) if tag else ()
