"""A lead that became a deal of a chosen pipeline goes on as that deal: one lead, with all that was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from models.card_actions.echoes import same_text
from models.leads.history import LeadRef, NewLine, add_line
from models.pipedrive.deal_leads import DEAL, LEAD, SOURCE_LEAD
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.tables.card_actions import OPEN_ACTIONS, CardAction
from models.tables.leads import Lead, LeadEvent, LeadHistory, LeadStatus
from models.tables.routing import Assignment, AssignmentState
from models.tables.stalled import TrackedObject

CONVERTED_LINE: Final = "became-deal"  # the key of the line that says so, until the person's own line does
END_LINE: Final = "end:"  # begins the keys of lines of ends that were found in Pipedrive
BEGAN_WITHIN: Final = timedelta(hours=1)
_ENDS: Final = ("convert", "won", "lost")  # what a person does that ends a lead
_CONTACTS: Final = (LeadEvent.CONTACTED, LeadEvent.NOTE, LeadEvent.FOLLOW_UP, LeadEvent.QUALIFIED)


def origin_of(session: Session, deal: Lead, state: Mapping[str, Json], at: datetime) -> Lead | None:
    """Return the lead of the inbox that a deal was, as far as that is known.

    Webhooks do not say it: it is known of those that somebody converts here, and where the deal names it.
    """
    mine = (Lead.tenant_id == deal.tenant_id, Lead.entity == LEAD)
    found = session.scalars(
        select(Lead).where(*mine, Lead.deal_id == deal.object_id).with_for_update()
    ).first()
    named = id_key(state.get(SOURCE_LEAD)) or _being_converted(session, deal, state, at)
    if found is not None or not named:
        return found
    return session.get(Lead, (deal.tenant_id, LEAD, named), with_for_update=True)


def _being_converted(session: Session, deal: Lead, state: Mapping[str, Json], at: datetime) -> str:
    """Return the lead that somebody is just making a deal of this title of, empty for none."""
    under_way = (
        CardAction.tenant_id == deal.tenant_id,
        CardAction.do == "lead.convert",
        CardAction.state.in_(OPEN_ACTIONS),
        CardAction.created_at >= at - BEGAN_WITHIN,
    )
    columns = select(CardAction.object_id, CardAction.fields).where(*under_way)
    for lead_id, fields in session.execute(columns.order_by(CardAction.id)):
        is_same = same_text(fields.get("title"), state.get("title"))
        if is_same and _is_about_the_same(session, deal, str(lead_id)):
            return str(lead_id)
    return ""


def is_being_ended(session: Session, lead: Lead) -> bool:
    """Tell whether a lead is just being converted, won or lost by somebody of the team."""
    under_way = (
        CardAction.tenant_id == lead.tenant_id,
        CardAction.entity == lead.entity,
        CardAction.object_id == lead.object_id,
        CardAction.do.in_(f"{lead.entity}.{verb}" for verb in _ENDS),
        CardAction.state.in_(OPEN_ACTIONS),
    )
    return session.scalar(select(CardAction.id).where(*under_way).limit(1)) is not None


def _is_about_the_same(session: Session, deal: Lead, lead_id: str) -> bool:
    """Tell whether a deal has the person and the organization of a lead, as one that is made of it has."""
    keys = ((LEAD, lead_id), (DEAL, deal.object_id))
    both = [session.get(TrackedObject, (deal.tenant_id, *key)) for key in keys]
    found = {(each.person_id, each.organization_id) for each in both if each is not None}
    return len(found) == 1


def go_on(session: Session, lead: Lead, deal: Lead, at: datetime) -> None:
    """Let a lead go on as a deal that is one: since when it is there, what was done, and no new routing."""
    if lead.status != LeadStatus.CONVERTED:
        drop_end(session, lead)
        line = NewLine(LeadEvent.CONVERTED, at, CONVERTED_LINE, details={"deal_id": deal.object_id})
        add_line(session, LeadRef(lead.tenant_id, lead.entity, lead.object_id), line)
    lead.status, lead.is_open, lead.snoozed_until = LeadStatus.CONVERTED, False, None
    lead.deal_id = deal.object_id
    deal.added_at = min(lead.added_at, deal.added_at)
    restore(session, deal)
    waiting = (
        Assignment.tenant_id == deal.tenant_id,
        Assignment.entity == deal.entity,
        Assignment.object_id == deal.object_id,
        Assignment.state == AssignmentState.WAITING,
    )
    session.execute(delete(Assignment).where(*waiting).execution_options(synchronize_session=False))


def restore(session: Session, deal: Lead) -> None:
    """Set how far a deal is as a lead by its history: it was one before, or a lead of the inbox was."""
    session.flush()
    became = (Lead.tenant_id == deal.tenant_id, Lead.entity == LEAD, Lead.deal_id == deal.object_id)
    keys = [
        (DEAL, deal.object_id),
        *((LEAD, each) for each in session.scalars(select(Lead.object_id).where(*became))),
    ]
    for entity, object_id in keys:
        mine = (
            LeadHistory.tenant_id == deal.tenant_id,
            LeadHistory.entity == entity,
            LeadHistory.object_id == object_id,
            LeadHistory.what.in_(_CONTACTS),
        )
        for what, at in session.execute(select(LeadHistory.what, LeadHistory.at).where(*mine)):
            deal.contacted_at = min(deal.contacted_at or at, at)
            if what == LeadEvent.QUALIFIED and deal.status in (LeadStatus.NEW, LeadStatus.CONTACTED):
                deal.status = LeadStatus.QUALIFIED
            if what == LeadEvent.CONTACTED and deal.status == LeadStatus.NEW:
                deal.status = LeadStatus.CONTACTED


def drop_end(session: Session, lead: Lead) -> None:
    """Take back the lines of how a lead ended, before it was known better: those that are nobody's.

    An end before it came back stays.
    """
    mine = (
        LeadHistory.tenant_id == lead.tenant_id,
        LeadHistory.entity == lead.entity,
        LeadHistory.object_id == lead.object_id,
    )
    came_back = select(func.max(LeadHistory.id)).where(*mine, LeadHistory.what == LeadEvent.REOPENED)
    last = LeadHistory.id > (session.scalar(came_back) or 0)
    is_end = or_(LeadHistory.key == CONVERTED_LINE, LeadHistory.key.like(f"{END_LINE}%"))
    dropped = delete(LeadHistory).where(*mine, last, is_end)
    session.execute(dropped.execution_options(synchronize_session=False))
