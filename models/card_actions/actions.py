"""Records what people press on cards, once, and lets it begin when they have connected themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import OwnGrant, own_grant
from models.security.audit import record
from models.tables.accounts import User
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState

# The field in which only one of several people can be first; what is not here, all may do.
SLOTS: Final[Mapping[str, str]] = {
    "deal.claim": "owner_id",
    "deal.assign": "owner_id",
    "lead.claim": "owner_id",
    "lead.assign": "owner_id",
    "lead.route": "owner_id",
    "deal.route": "owner_id",
    "lead.lost": "is_archived",
    "deal.move": "stage_id",
    "deal.won": "status",
    "deal.lost": "status",
    "activity.done": "done",
}
CLAIMS: Final = ("deal.claim", "lead.claim")  # the value is whoever presses
WAITS_FOR: Final = timedelta(days=1)  # what was pressed is done when its person connects within a day


@dataclass(frozen=True, slots=True)
class CardPress:
    """A press on the card of a delivery, or the same asked for without a card; checked already.

    `fields` are the values to write. `seen` is the last action that the card showed when it was drawn,
    `since` when its event was delivered, and `present` the value of the slot that it showed. `lane` is the
    space. `key` is that of the interaction. `is_new`: earlier presses of the same do not count as this one.
    """

    key: str
    do: str
    delivery_id: int | None
    entity: str
    object_id: str
    lane: str
    fields: Mapping[str, Any]
    since: datetime
    seen: int = 0
    present: str = ""
    is_new: bool = False

    @property
    def slot(self) -> str:
        return SLOTS.get(self.do, "")


class PressOutcome(StrEnum):
    """What became of a press."""

    RECORDED = "recorded"
    REPEATED = "repeated"  # the same person had pressed it already
    WAITS = "waits"  # for the person's own connection
    BEATEN = "beaten"  # by somebody who was first


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome, and the action: the new one, the one that it repeats, or the one that was first."""

    outcome: PressOutcome
    action: CardAction


def record_press(session: Session, actor: Actor, press: CardPress) -> Recorded:
    """Record a press for a worker to write, unless the person or somebody else did it already.

    The session is a writing one of the tenant. Raises NotAllowed.
    """
    require(session, actor, Action.CARD_PRESS)
    user_id = _user_of(actor)
    grant = own_grant(session, actor.tenant, user_id) or connected_meanwhile(session, actor.tenant, user_id)
    fields = dict(press.fields)
    if press.do in CLAIMS and grant is not None:
        fields[press.slot] = int(grant.pipedrive_user_id)
    if (earlier := _earlier(session, actor.tenant, user_id, press, fields)) is not None:
        is_waiting = earlier.state == CardActionState.WAITING
        return Recorded(PressOutcome.WAITS if is_waiting else PressOutcome.REPEATED, earlier)
    if (first := _first(session, actor.tenant, user_id, press)) is not None:
        return Recorded(PressOutcome.BEATEN, first)
    if grant is None:
        _replace_waiting(session, actor.tenant, user_id, press)
    made = CardAction(
        tenant_id=actor.tenant,
        key=press.key,
        user_id=user_id,
        delivery_id=press.delivery_id,
        do=press.do,
        entity=press.entity,
        object_id=press.object_id,
        lane=press.lane,
        slot=press.slot,
        fields=fields,
        expected={"value": press.present} if press.slot else None,
        state=CardActionState.PENDING if grant is not None else CardActionState.WAITING,
        needs_notice=grant is None,
    )
    session.add(made)
    session.flush()
    record(session, actor, "card.pressed", f"{press.entity} {press.object_id}", do=press.do)
    return Recorded(PressOutcome.RECORDED if grant is not None else PressOutcome.WAITS, made)


def _user_of(actor: Actor) -> int:
    if actor.user_id is None:
        raise TypeError(f"{actor.name} presses without being a user")
    return actor.user_id


def _of_object(tenant_id: int, press: CardPress) -> ColumnElement[bool]:
    return and_(
        CardAction.tenant_id == tenant_id,
        CardAction.entity == press.entity,
        CardAction.object_id == press.object_id,
        CardAction.created_at >= press.since,
    )


def _earlier(
    session: Session, tenant_id: int, user_id: int, press: CardPress, fields: Mapping[str, Any]
) -> CardAction | None:
    """Return the person's own action of the same kind that the card did not show as done."""
    if press.is_new:
        return None
    mine = and_(_of_object(tenant_id, press), CardAction.user_id == user_id, CardAction.do == press.do)
    still = or_(
        CardAction.state.in_((*OPEN_ACTIONS, CardActionState.WAITING)),
        and_(CardAction.state == CardActionState.DONE, CardAction.id > press.seen, CardAction.slot != ""),
    )
    found = session.scalars(select(CardAction).where(mine, still).order_by(CardAction.id.desc()))
    is_claim = press.do in CLAIMS  # one that waits does not know yet who presses
    return next((each for each in found if is_claim or each.fields == fields), None)


def _first(session: Session, tenant_id: int, user_id: int, press: CardPress) -> CardAction | None:
    """Return somebody else's action on the same slot that the card did not show when it was pressed."""
    if not press.slot:
        return None
    theirs = and_(_of_object(tenant_id, press), CardAction.user_id != user_id, CardAction.slot == press.slot)
    unseen = or_(
        CardAction.state.in_(OPEN_ACTIONS),
        and_(CardAction.state == CardActionState.DONE, CardAction.id > press.seen),
    )
    return session.scalars(select(CardAction).where(theirs, unseen).order_by(CardAction.id.desc())).first()


def _replace_waiting(session: Session, tenant_id: int, user_id: int, press: CardPress) -> None:
    """Of several values for one slot that wait for a connection, only the last pressed one is meant."""
    if not press.slot:
        return
    waiting = and_(
        _of_object(tenant_id, press),
        CardAction.user_id == user_id,
        CardAction.slot == press.slot,
        CardAction.state == CardActionState.WAITING,
    )
    for each in session.scalars(select(CardAction).where(waiting)):
        each.state, each.finished_at = CardActionState.REPLACED, now()


def connected_meanwhile(session: Session, tenant_id: int, user_id: int) -> OwnGrant | None:
    """Look once more for the grant of a person who had none; nobody connects them until the session ends.

    Else what is pressed while they connect would wait for a connection that is there already.
    """
    them = and_(User.tenant_id == tenant_id, User.id == user_id)
    session.execute(select(User.id).where(them).with_for_update(read=True))
    return own_grant(session, tenant_id, user_id)


def begin_waiting(session: Session, tenant_id: int, email: str) -> int:
    """Let begin what somebody pressed before they had connected themselves; return how many.

    The session is a writing one of the tenant or of all.
    """
    at = now()
    them = and_(User.tenant_id == tenant_id, User.email == email)
    session.execute(select(User.id).where(them).with_for_update(key_share=True))  # `connected_meanwhile`
    of_user = and_(User.tenant_id == CardAction.tenant_id, User.id == CardAction.user_id)
    mine = and_(CardAction.tenant_id == tenant_id, User.email == email)
    waiting = and_(mine, CardAction.state == CardActionState.WAITING, CardAction.created_at > at - WAITS_FOR)
    pressed = select(CardAction).join(User, of_user).where(waiting).with_for_update(of=CardAction)
    found = session.scalars(pressed).all()
    for each in found:
        each.state, each.next_attempt_at = CardActionState.PENDING, at
    return len(found)
