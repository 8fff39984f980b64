"""What somebody pressed before they had connected themselves, and what has become of it since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from models.card_actions.actions import WAITS_FOR
from models.card_actions.notify import notify_of_end, title_of_body
from models.card_actions.words import name_pairs, press_of
from models.clock import now
from models.connections.names import names_of_pairs
from models.languages.translate import marked
from models.tables.accounts import User
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState
from models.tables.deliveries import Delivery
from models.tables.events import Event

MOST_LISTED: Final = 5
GAVE_WAY: Final = marked("Somebody else has chosen to write these words since you did.")
LISTED_FOR: Final = timedelta(minutes=30)  # after the end
_BEGUN: Final = (*OPEN_ACTIONS, CardActionState.WAITING)
_ENDED: Final = (CardActionState.DONE, CardActionState.OVERTAKEN, CardActionState.FAILED)


@dataclass(frozen=True, slots=True)
class EarlierPress:
    """`what` was pressed (`Your note on Acme renewal`), its state, and why it was not done."""

    what: str
    state: str
    problem: str = ""


def earlier_presses(session: Session, tenant_id: int, email: str, at: datetime) -> list[EarlierPress]:
    """Return what a person pressed that waits for their connection, or waited and is over; newest first."""
    of_user = and_(User.tenant_id == CardAction.tenant_id, User.id == CardAction.user_id)
    still = or_(
        CardAction.state.in_(_BEGUN),
        and_(CardAction.state.in_(_ENDED), CardAction.finished_at > at - LISTED_FOR),
    )
    mine = and_(CardAction.tenant_id == tenant_id, User.email == email, CardAction.needs_notice)
    query = (
        select(CardAction, Event.raw)
        .join(User, of_user)
        .join(CardAction.delivery, isouter=True)
        .join(Delivery.event, isouter=True)
        .where(mine, CardAction.created_at > at - WAITS_FOR, still)
    )
    rows = session.execute(query.order_by(CardAction.id.desc()).limit(MOST_LISTED)).all()
    pairs = set().union(*(name_pairs(action.fields) for action, _ in rows))
    names = names_of_pairs(session, tenant_id, pairs)
    return [
        EarlierPress(
            press_of(action.do, action.fields, names, title_of_body(raw)), action.state, action.problem
        )
        for action, raw in rows
    ]


def give_way(session: Session, waiting: CardAction) -> bool:
    """Let an action that waits for its person's connection end unwritten, and tell that person.

    Somebody else is about to write the same. Returns False, with nothing done, if it waits no longer.
    """
    mine = and_(CardAction.tenant_id == waiting.tenant_id, CardAction.id == waiting.id)
    still = update(CardAction).where(mine, CardAction.state == CardActionState.WAITING)
    ended = still.values(state=CardActionState.FAILED, problem=GAVE_WAY, finished_at=now())
    gone = session.scalar(ended.returning(CardAction.id).execution_options(synchronize_session=False))
    session.refresh(waiting)
    if gone is None:
        return False
    notify_of_end(session, waiting)
    return True
