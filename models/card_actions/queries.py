"""What was done on the card of an object, for drawing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.tables.accounts import User
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState

MOST_SHOWN: Final = 50
SHOWN_STATES: Final = (*OPEN_ACTIONS, CardActionState.DONE, CardActionState.OVERTAKEN)


@dataclass(frozen=True, slots=True)
class ShownAction:
    """One action as cards show it. `who` is a name.

    One that was overtaken has the values that held in Pipedrive instead of its own.
    """

    id: int
    do: str
    slot: str
    fields: Mapping[str, Any]
    who: str
    state: str
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether a worker is still at it."""
        return self.state in OPEN_ACTIONS


def actions_on(
    session: Session, tenant_id: int, entity: str, object_id: str, since: datetime
) -> list[ShownAction]:
    """Return what was pressed on an object since then and is over or under way, oldest first."""
    of_user = and_(User.tenant_id == CardAction.tenant_id, User.id == CardAction.user_id)
    about = and_(
        CardAction.tenant_id == tenant_id,
        CardAction.entity == entity,
        CardAction.object_id == object_id,
        CardAction.created_at >= since,
        CardAction.state.in_(SHOWN_STATES),
    )
    query = select(CardAction, User.display_name, User.email).join(User, of_user).where(about)
    rows = session.execute(query.order_by(CardAction.id.desc()).limit(MOST_SHOWN)).all()
    return [_shown(action, name or email) for action, name, email in reversed(rows)]


def shown_action(session: Session, action: CardAction) -> ShownAction:
    """Return one action as cards show it."""
    person = and_(User.tenant_id == action.tenant_id, User.id == action.user_id)
    name, email = session.execute(select(User.display_name, User.email).where(person)).one()
    return _shown(action, name or email)


def _shown(action: CardAction, who: str) -> ShownAction:
    at = action.finished_at or action.created_at
    return ShownAction(action.id, action.do, action.slot, action.fields, who, action.state, at)
