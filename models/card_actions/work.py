"""What a worker does with a pressed action: claims it, and records how its write ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from models.card_actions.actions import CLAIMS, connected_meanwhile
from models.card_actions.copies import mark_due
from models.card_actions.records import NEW_ORGANIZATION, WHY
from models.connections.queries import OwnGrant, own_grant
from models.database.direct import AT, DirectStatement
from models.security.contents import UNREADABLE_AGAIN, has_lost
from models.tables.card_actions import CardAction, CardActionState

MOST_DUE: Final = 20
MADE_LATELY: Final = timedelta(minutes=10)  # longer than Pipedrive's search takes to find what is new
_DUE_STATES: Final = (CardActionState.PENDING, CardActionState.WRITING)


@dataclass(frozen=True, slots=True)
class ClaimedAction:
    """An action that this worker has leased under `token`; `grant` is None if the person's own one ended.

    `first` is somebody else's action on the same slot that was written after this press, `result_id` what an
    earlier attempt has begun to make. `made` are the ids of what others have made lately under the same name,
    of a new organization. `is_repeat`: an earlier attempt may have written already.
    """

    id: int
    tenant_id: int
    user_id: int
    token: str
    do: str
    entity: str
    object_id: str
    slot: str
    fields: Mapping[str, Any]
    expected: str | None
    created_at: datetime
    attempts: int
    lease_until: datetime
    grant: OwnGrant | None
    first: CardAction | None = None
    result_id: str = ""
    made: Sequence[str] = ()

    @property
    def is_repeat(self) -> bool:
        return self.attempts > 1


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended. `retry_at` is set where it goes on later; `result_id` is of what was made.

    `present` is what the slot holds now if somebody was first; cards then show that. `needs_notice`: the
    person is told, whatever the card shows. `why` is the code of what stopped it.
    """

    state: CardActionState
    problem: str = ""
    result_id: str = ""
    present: Any = None
    needs_notice: bool = False
    retry_at: datetime | None = None
    why: str = ""


def due_actions(session: Session, at: datetime) -> list[tuple[int, int]]:
    """Return (tenant, id) of actions to write now: of each object the one that was begun, else the first.

    One that waited for a connection may come before one that was begun meanwhile. The session sees all
    tenants.
    """
    return [(tenant_id, action_id) for tenant_id, action_id in _DUE.rows(session, {"at": at})]


def _select_due() -> Any:
    other = aliased(CardAction)
    is_first = and_(other.id < CardAction.id, other.state == CardActionState.PENDING)
    is_behind = and_(
        CardAction.state == CardActionState.PENDING,
        other.tenant_id == CardAction.tenant_id,
        other.entity == CardAction.entity,
        other.object_id == CardAction.object_id,
        or_(is_first, other.state == CardActionState.WRITING),
    )
    query = select(CardAction.tenant_id, CardAction.id).where(
        _is_due(AT), ~select(other.id).where(is_behind).exists()
    )
    return query.order_by(CardAction.next_attempt_at, CardAction.id).limit(MOST_DUE)


def _is_due(at: datetime | Any) -> Any:
    """Hold for actions that are due, and for those whose worker died; as the index of open ones says it."""
    lapsed = or_(CardAction.state == CardActionState.PENDING, CardAction.lease_until <= at)
    return and_(CardAction.state.in_(_DUE_STATES), CardAction.next_attempt_at <= at, lapsed)


_DUE: Final = DirectStatement(_select_due())  # built once: every worker asks each second


def claim_action(
    session: Session, tenant_id: int, action_id: int, token: str, at: datetime, until: datetime
) -> ClaimedAction | None:
    """Lease an action until then; None if another worker has it, or writes to the same object."""
    mine = and_(CardAction.tenant_id == tenant_id, CardAction.id == action_id, _is_due(at))
    row = session.scalar(select(CardAction).where(mine).with_for_update(skip_locked=True))
    if row is None:
        return None
    if has_lost(row):
        row.next_attempt_at = at + UNREADABLE_AGAIN
        return None
    grant = own_grant(session, tenant_id, row.user_id)
    try:
        with session.begin_nested():
            row.state, row.lease_token, row.lease_until = CardActionState.WRITING, token, until
            row.attempts, row.started_at = row.attempts + 1, row.started_at or at
            if row.do in CLAIMS and grant is not None:
                row.fields = {**row.fields, row.slot: int(grant.pipedrive_user_id)}
            session.flush()
    except IntegrityError:
        return None
    first = _written_since(session, row) if row.slot else None
    return ClaimedAction(
        row.id,
        tenant_id,
        row.user_id,
        token,
        row.do,
        row.entity,
        row.object_id,
        row.slot,
        dict(row.fields),
        None if row.expected is None else str(row.expected.get("value", "")),
        row.created_at,
        row.attempts,
        until,
        grant,
        first,
        row.result_id,
        _made_lately(session, row) if row.do == NEW_ORGANIZATION else (),
    )


def _made_lately(session: Session, row: CardAction) -> Sequence[str]:
    same_name = and_(
        CardAction.tenant_id == row.tenant_id,
        CardAction.entity == row.entity,
        CardAction.object_id == row.object_id,
        CardAction.do == row.do,
        CardAction.state == CardActionState.DONE,
        CardAction.finished_at >= row.created_at - MADE_LATELY,
    )
    return session.scalars(select(CardAction.result_id).where(same_name)).all()


def _written_since(session: Session, row: CardAction) -> CardAction | None:
    """Return somebody else's action on the same slot that was written since this one was pressed."""
    theirs = and_(
        CardAction.tenant_id == row.tenant_id,
        CardAction.entity == row.entity,
        CardAction.object_id == row.object_id,
        CardAction.slot == row.slot,
        CardAction.user_id != row.user_id,
        CardAction.state == CardActionState.DONE,
        CardAction.finished_at >= row.created_at,
    )
    return session.scalars(select(CardAction).where(theirs).order_by(CardAction.id.desc())).first()


def finish_action(
    session: Session, claimed: ClaimedAction, ending: Ending, at: datetime
) -> CardAction | None:
    """Record how an attempt ended, and let all copies of the card be drawn again if it is over.

    Returns the action; None if the lease was lost meanwhile, because then another worker has it.
    """
    mine = and_(
        CardAction.tenant_id == claimed.tenant_id,
        CardAction.id == claimed.id,
        CardAction.lease_token == claimed.token,
    )
    row = session.scalar(select(CardAction).where(mine).with_for_update())
    if row is None:
        return None
    if _waits_in_vain(session, claimed, ending):
        ending = Ending(CardActionState.PENDING, retry_at=at)
    row.state, row.problem, row.result_id = ending.state, ending.problem, ending.result_id or row.result_id
    row.needs_notice = row.needs_notice or ending.needs_notice
    row.lease_token = row.lease_until = None
    if ending.why:
        row.fields = {**row.fields, WHY: ending.why}
    elif ending.state == CardActionState.OVERTAKEN:
        row.fields = {row.slot: ending.present}
    if ending.retry_at is not None:
        row.next_attempt_at = ending.retry_at
        return row
    if ending.state != CardActionState.WAITING:
        row.finished_at = at
    mark_due(session, row.tenant_id, row.entity, row.object_id, row.delivery_id, at)
    return row


def _waits_in_vain(session: Session, claimed: ClaimedAction, ending: Ending) -> bool:
    """Tell whether an action would wait for a connection that was made since it was claimed."""
    if ending.state != CardActionState.WAITING or claimed.grant is not None:
        return False
    return connected_meanwhile(session, claimed.tenant_id, claimed.user_id) is not None
