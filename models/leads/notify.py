"""Tells a person how something ended that they asked for without a card."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.accounts.queries import get_tenant, get_user
from models.card_actions.notify import notice_of_end
from models.card_actions.records import NEW_ORGANIZATION
from models.languages.translate import speaking
from models.leads.queries import LeadView, get_lead
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationType
from models.pipedrive.deal_leads import DEAL, LEAD, lead_key
from models.stalled.queries import seen_by_person
from models.tables.card_actions import CardAction

SOURCE: Final = "lead"


def notify_without_card(session: Session, action: CardAction, at: datetime) -> bool:
    """Tell the person of an action without a card how it ended, where they are to be told; once.

    A lead is named only to who may see it in Pipedrive. The session is a writing one.
    """
    is_ours = action.entity in (LEAD, DEAL) or action.do == NEW_ORGANIZATION
    if action.delivery_id is not None or not action.needs_notice or not is_ours:
        return False
    user = get_user(session, action.tenant_id, action.user_id)
    if user is None:
        return False
    sees = seen_by_person(session, action.tenant_id, user.id)
    lead = get_lead(LeadView(session, action.tenant_id, sees, at), lead_key(action.entity, action.object_id))
    if lead is None and action.entity == DEAL:
        return False
    state = lead.state if lead is not None else action.fields  # of a new lead: as it was typed
    with speaking(user.language, user.chat_locale, get_tenant(session, action.tenant_id).language):
        title = str(state.get("title") or state.get("name") or "")[:200]
        notice = notice_of_end(session, action, title)
    new = NewNotification(
        user.email,
        NotificationType.LEAD_UPDATED,
        notice.title,
        notice.words,
        key=f"action-{action.id}-{action.state}",
        source=SOURCE,
        notice=notice,
        asked_for_now=True,
    )
    send_notification(session, system(action.tenant_id, SOURCE), new, at)
    return True
