"""Tells a person privately how an action of theirs ended, where the card alone does not tell them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.card_actions.words import deed, holds, name_pairs
from models.connections.names import names_of_pairs
from models.deliveries.claimed import read_one
from models.deliveries.notices import Notice, notify_person, press_url
from models.languages.translate import marked, speaking, tr, tr_stored
from models.pipedrive.change import Unreadable, read
from models.pipedrive.webhook.json import parse_json
from models.tables.accounts import Tenant, User
from models.tables.card_actions import CardAction, CardActionState

CONNECT_AGAIN: Final = marked("Pipedrive does not accept your own connection any more.")
THEN_DONE: Final = marked("What you pressed is done as soon as you have connected yourself again.")


def notify_of_end(session: Session, action: CardAction) -> int:
    """Send the person a private message where they pressed, if they are to be told; return how many.

    The session is a writing one of the tenant.
    """
    if not action.needs_notice:
        return 0
    if action.delivery_id is None:
        return 0
    head = read_one(session, action.tenant_id, action.delivery_id)
    person = and_(User.tenant_id == action.tenant_id, User.id == action.user_id)
    columns = select(User.chat_name, User.language, User.chat_locale, Tenant.language)
    found = session.execute(columns.join(Tenant, Tenant.id == User.tenant_id).where(person)).first()
    viewer = str(found[0] or "") if found is not None else ""
    if head is None or head.destination_id is None or found is None or not viewer:
        return 0
    with speaking(*found[1:]):
        notice = notice_of_end(session, action, title_of_body(head.raw))
    return notify_person(session, action.tenant_id, head.destination_id, viewer, notice)


def notice_of_end(session: Session, action: CardAction, title: str) -> Notice:
    """Return what a person reads of the end of an action on the object with this title."""
    names = names_of_pairs(session, action.tenant_id, name_pairs(action.fields))
    about = f"{title}: " if title else ""
    if action.state == CardActionState.DONE:
        you = tr("you {deed}.", deed=deed(action.do, action.fields, names))
        return Notice(tr("Done"), f"{about}{you}")
    if action.state == CardActionState.WAITING:
        button, url = tr("Connect again"), press_url("phrase.say", phrase="connect me")
        return Notice(
            tr("Please connect yourself again"), f"{tr(CONNECT_AGAIN)} {tr(THEN_DONE)}", button, url
        )
    if action.state == CardActionState.OVERTAKEN and action.slot:
        now_holds = holds(action.slot, action.fields.get(action.slot), names)
        return Notice(tr("Somebody was first"), f"{about}{_who_was_first(session, action)} {now_holds}")
    return Notice(tr("It was not written to Pipedrive"), f"{about}{tr_stored(action.problem)}")


def _who_was_first(session: Session, action: CardAction) -> str:
    """Return who did it first as a sentence; if it was nobody's press, it was done in Pipedrive itself."""
    of_user = and_(User.tenant_id == CardAction.tenant_id, User.id == CardAction.user_id)
    theirs = and_(
        CardAction.tenant_id == action.tenant_id,
        CardAction.entity == action.entity,
        CardAction.object_id == action.object_id,
        CardAction.slot == action.slot,
        CardAction.user_id != action.user_id,
        CardAction.state == CardActionState.DONE,
        CardAction.finished_at >= action.created_at,
    )
    query = select(User.display_name, User.email).join(CardAction, of_user).where(theirs)
    found = session.execute(query.order_by(CardAction.id.desc()).limit(1)).first()
    if found is None:
        return tr("It was changed in Pipedrive before you pressed, so nothing was written.")
    return tr("{who} was faster, so nothing was written.", who=found.display_name or found.email)


def title_of_body(raw: bytes | None) -> str:
    """Return the name of the object of an event, empty if it has none."""
    try:
        change = read(parse_json(raw)) if raw is not None else None
    except Unreadable:
        return ""
    title = change.state.get("title") or change.state.get("subject") if change is not None else ""
    return title[:200] if isinstance(title, str) else ""
