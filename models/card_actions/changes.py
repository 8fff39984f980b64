"""Lets a note or an activity that somebody made from Chat read differently, in Pipedrive, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.card_actions.records import ACTIVITY, ACTIVITY_CHANGE, MADE_ID, NOTE, NOTE_CHANGE, verb_of
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.card_actions import CardAction, CardActionState

CHANGES: Final[Mapping[str, str]] = {NOTE: NOTE_CHANGE, ACTIVITY: ACTIVITY_CHANGE}
UNDER_WAY: Final = marked("It is being written to Pipedrive right now. Change it again in a few seconds.")
NOT_WRITTEN: Final = marked("It was not written to Pipedrive, so there is nothing to change. Write it again.")


def action_with_key(session: Session, tenant_id: int, key: str) -> CardAction | None:
    """Return the action of an interaction, None if it was not recorded yet."""
    mine = and_(CardAction.tenant_id == tenant_id, CardAction.key == key)
    return session.scalar(select(CardAction).where(mine))


def made_by(session: Session, actor: Actor, action_id: int | None) -> CardAction | None:
    """Return the note or the activity that the actor made from Chat; None for any other action."""
    mine = and_(
        CardAction.tenant_id == actor.tenant,
        CardAction.id == action_id,
        CardAction.user_id == actor.user_id,
    )
    found = session.scalar(select(CardAction).where(mine).with_for_update())
    return found if found is not None and verb_of(found.do) in CHANGES else None


def present_fields(session: Session, made: CardAction) -> dict[str, Any]:
    """Return how a note or an activity reads after all its changes."""
    changes = and_(
        CardAction.tenant_id == made.tenant_id,
        CardAction.entity == made.entity,
        CardAction.object_id == made.object_id,
        CardAction.user_id == made.user_id,
        CardAction.do == _change_of(made),
        CardAction.state != CardActionState.FAILED,
    )
    found = session.scalars(select(CardAction).where(changes).order_by(CardAction.id.desc()))
    last = next((each for each in found if each.fields.get(MADE_ID) == made.result_id), made)
    return {name: value for name, value in last.fields.items() if name != MADE_ID}


def change_made(
    session: Session, actor: Actor, made: CardAction, fields: Mapping[str, Any], key: str
) -> CardAction:
    """Let what was made read as these fields: in its row before it is written, else by a further action.

    `key` is that of the interaction. Returns the action that writes it. Raises NotAllowed, and InvalidRequest
    while it is being written or if that failed.
    """
    require(session, actor, Action.CARD_PRESS)
    if present_fields(session, made) == fields:
        return made
    is_untouched = made.state == CardActionState.PENDING and made.attempts == 0
    if is_untouched or made.state == CardActionState.WAITING:
        made.fields = dict(fields)
        record(session, actor, "card.changed", f"{made.entity} {made.object_id}", do=made.do)
        return made
    if made.state != CardActionState.DONE or not made.result_id:
        raise InvalidRequest(user_message=tr(NOT_WRITTEN if made.finished_at else UNDER_WAY))
    change = CardAction(
        tenant_id=made.tenant_id,
        key=key,
        user_id=made.user_id,
        delivery_id=made.delivery_id,
        do=_change_of(made),
        entity=made.entity,
        object_id=made.object_id,
        lane=made.lane,
        fields={**fields, MADE_ID: made.result_id},
        state=CardActionState.PENDING,
    )
    session.add(change)
    session.flush()
    record(session, actor, "card.changed", f"{made.entity} {made.object_id}", do=change.do)
    return change


def _change_of(made: CardAction) -> str:
    return f"{made.entity}.{CHANGES[verb_of(made.do)]}"
