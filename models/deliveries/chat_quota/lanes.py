"""Which lanes need the quota of the project: those of spaces and people to whom the app itself writes.

Google counts a message of an incoming webhook for its space alone; mails and other systems are not Chat. A
lane that an incoming webhook shares with the app is the app's: who writes there next is known too late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.deliveries.lane_sql import select_next_due, select_round_robin
from models.deliveries.lanes import one_per_space
from models.destinations.linking import DIRECT_MESSAGE
from models.tables.deliveries import Lane
from models.tables.destinations import Space

_SPACE: Final = "spaces/"  # how the lane of one begins, also that of an incoming webhook
_L: Any = Lane.__table__
_S: Any = Space.__table__


def may_need_quota(lane: str) -> bool:
    """Return whether the app itself may write in a lane, by the name alone."""
    return lane.startswith((_SPACE, DIRECT_MESSAGE))


def _is_of_app() -> Any:
    is_linked = select(_S.c.id).where(_S.c.name == _L.c.lane, _S.c.tenant_id == _L.c.tenant_id).correlate(_L)
    is_of_person = func.substr(_L.c.lane, 1, len(DIRECT_MESSAGE)) == DIRECT_MESSAGE
    return or_(is_of_person, is_linked.exists())


_CHOOSE_EITHER: Final = DirectStatement(select_round_robin(kinds=[_is_of_app().label("is_of_app")]))
_CHOOSE_WITHOUT: Final = DirectStatement(select_round_robin(~_is_of_app()))
_NEXT_WITHOUT: Final = DirectStatement(
    {
        "sqlite": select_next_due(func.max, ~_is_of_app()),
        "postgresql": select_next_due(func.greatest, ~_is_of_app()),
    }
)


def choose_either(
    session: Session, now: datetime, limit: int, after: int
) -> tuple[list[tuple[int, str]], set[tuple[int, str]]]:
    """Return lanes as `lanes.choose` does, and which need quota; tenants have a turn for each kind."""
    rows = _CHOOSE_EITHER.rows(session, {"now": now, "most": limit, "after": after})
    chosen = one_per_space((tenant_id, lane, is_shared) for tenant_id, lane, is_shared, _ in rows)
    return chosen, {(tenant_id, lane) for tenant_id, lane, _, is_of_app in rows if is_of_app}


def choose_without(session: Session, now: datetime, limit: int, after: int) -> list[tuple[int, str]]:
    """Return lanes as `lanes.choose` does, of those that need no quota."""
    return one_per_space(_CHOOSE_WITHOUT.rows(session, {"now": now, "most": limit, "after": after}))


def next_due_without(session: Session) -> datetime | None:
    """Return when the next lane may be written that needs no quota, as `lanes.next_due` does of all."""
    rows = _NEXT_WITHOUT.rows(session, {})
    return rows[0][0] if rows else None
