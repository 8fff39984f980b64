"""Notes in a lead's row and history what was written to Pipedrive for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from models.leads.continued import drop_end, go_on
from models.leads.history import LeadRef, NewLine, add_line
from models.pipedrive.deal_leads import DEAL, LEAD, DealEnd
from models.pipedrive.name_refs import id_key
from models.tables.card_actions import CardAction, CardActionState, CardCopy
from models.tables.leads import Lead, LeadEvent, LeadStatus

EVENTS: Final[Mapping[str, LeadEvent]] = {
    "claim": LeadEvent.CLAIMED,
    "assign": LeadEvent.ASSIGNED,
    "contacted": LeadEvent.CONTACTED,
    "qualified": LeadEvent.QUALIFIED,
    "note": LeadEvent.NOTE,
    "activity": LeadEvent.FOLLOW_UP,
    "lost": LeadEvent.LOST,
    "won": LeadEvent.CONVERTED,  # of a deal
    "convert": LeadEvent.CONVERTED,
    "edit": LeadEvent.EDITED,
    "create": LeadEvent.CREATED,
}
_SHOWN: Final = ("owner_id", "subject", "content", "due_date")
_LETTERS: Final = 500
REACHED_BY: Final = ("email", "phone")
_BY_THEM: Final = (LeadEvent.CONTACTED, LeadEvent.NOTE, LeadEvent.FOLLOW_UP, LeadEvent.QUALIFIED)


def note_done(session: Session, action: CardAction, at: datetime) -> None:
    """Note an action on a lead that is done; other actions, and those that ended otherwise, change nothing.

    It belongs into the transaction that stores the end: then there is one line for each, whatever stops.
    """
    if action.entity not in (LEAD, DEAL) or action.state != CardActionState.DONE:
        return
    verb = action.do.partition(".")[2]
    if verb == "create" and action.entity == LEAD:
        _note_created(session, action, at)
        return
    row = session.get(Lead, (action.tenant_id, action.entity, action.object_id), with_for_update=True)
    if row is None:
        return
    _change_row(row, action, verb, at)
    if verb == "convert":
        drop_end(session, row)
    if (what := EVENTS.get(verb)) is not None:
        _add_action_line(session, action, what, at)
    if verb == "convert":
        note_conversion(session, row, action.result_id, at)


def note_conversion(session: Session, row: Lead, deal_id: str, at: datetime) -> None:
    """Note which deal a lead became. The messages that show the lead go on as those of the deal.

    So does the lead itself, where deals like this one are leads.
    """
    row.status, row.is_open, row.snoozed_until = LeadStatus.CONVERTED, False, None
    if not deal_id:
        return
    row.deal_id = deal_id
    shows_lead = and_(
        CardCopy.tenant_id == row.tenant_id,
        CardCopy.entity == row.entity,
        CardCopy.object_id == row.object_id,
    )
    goes_on = update(CardCopy).where(shows_lead).values(entity="deal", object_id=deal_id)
    session.execute(goes_on.execution_options(synchronize_session=False))
    # One that is being looked at is left alone: that waits for this lead, and goes on with it then.
    mine = (Lead.tenant_id == row.tenant_id, Lead.entity == DEAL, Lead.object_id == deal_id)
    deal = session.scalars(select(Lead).where(*mine).with_for_update(skip_locked=True)).one_or_none()
    if deal is not None:
        go_on(session, row, deal, at)


def _note_created(session: Session, action: CardAction, at: datetime) -> None:
    """Let the action name the lead that it made; its row comes with Pipedrive's webhook.

    How its person is reached is for Pipedrive alone to keep from now on.
    """
    if not action.result_id:
        return
    action.fields = {key: value for key, value in action.fields.items() if key not in REACHED_BY}
    action.object_id = action.result_id
    _add_action_line(session, action, LeadEvent.CREATED, at)


def _change_row(row: Lead, action: CardAction, verb: str, at: datetime) -> None:
    if verb in ("claim", "assign"):
        owner = id_key(action.fields.get("owner_id"))
        row.owner_id = row.known_owner_id = owner
    what = EVENTS.get(verb)
    if what in _BY_THEM and row.contacted_at is None:
        row.contacted_at = at
    if what is LeadEvent.CONTACTED and row.status == LeadStatus.NEW:
        row.status = LeadStatus.CONTACTED
    if what is LeadEvent.QUALIFIED and row.status in (LeadStatus.NEW, LeadStatus.CONTACTED):
        row.status = LeadStatus.QUALIFIED
    if what is LeadEvent.LOST:
        row.status, row.is_open, row.snoozed_until = LeadStatus.LOST, False, None
    if verb == "won":
        row.status, row.is_open, row.snoozed_until = LeadStatus.CONVERTED, False, None
    row.look_at = at


def _add_action_line(session: Session, action: CardAction, what: LeadEvent, at: datetime) -> None:
    lead = LeadRef(action.tenant_id, action.entity, action.object_id)
    shown: dict[str, Any] = {
        key: str(action.fields[key])[:_LETTERS] for key in _SHOWN if action.fields.get(key)
    }
    if what is LeadEvent.CONVERTED and action.result_id:
        shown["deal_id"] = action.result_id
    if action.entity == DEAL and what in (LeadEvent.CONVERTED, LeadEvent.LOST):
        shown["how"] = str(DealEnd.WON if what is LeadEvent.CONVERTED else DealEnd.LOST)
    key = "created" if what is LeadEvent.CREATED else f"action:{action.id}"
    add_line(session, lead, NewLine(what, at, key, action.user_id, shown))
