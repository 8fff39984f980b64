"""Stores waits, finds those that are due, and ends them: each once, whatever stops in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.stalled import TrackedObject
from models.tables.waits import DurableWait, WaitCondition, WaitState

AT_ONCE: Final = 100  # waits of a tenant in one turn
# In the words of the partial indexes.
_IS_WAITING: Final = text("waits.state = 'waiting'")
_ENDS_EARLY: Final = text("waits.state = 'waiting' AND waits.ends_if <> ''")


@dataclass(frozen=True, slots=True)
class NewWait:
    """A wait to be stored; its fields are those of `DurableWait`."""

    user_id: int
    action: str
    key: str
    due_at: datetime
    entity: str = ""
    object_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    ends_if: WaitCondition = WaitCondition.NEVER
    in_hours: bool = False
    destination_id: int | None = None


def add_wait(session: Session, tenant_id: int, new: NewWait, at: datetime) -> tuple[DurableWait, bool]:
    """Store a wait; return it, and whether it is new: one key has one wait, however often it is asked."""
    row = {
        "tenant_id": tenant_id,
        "user_id": new.user_id,
        "action": new.action,
        "key": new.key,
        "due_at": new.due_at,
        "entity": new.entity,
        "object_id": new.object_id,
        "details": dict(new.details),
        "ends_if": new.ends_if,
        "in_hours": new.in_hours,
        "destination_id": new.destination_id,
        "state": WaitState.WAITING,
        "created_at": at,
    }
    key = ["tenant_id", "key"]
    insert = insert_into(session, DurableWait).values(row).on_conflict_do_nothing(index_elements=key)
    is_new = session.scalar(insert.returning(DurableWait.id)) is not None
    found = select(DurableWait).where(DurableWait.tenant_id == tenant_id, DurableWait.key == new.key)
    return session.scalars(found).one(), is_new


def tenants_with_due(session: Session, at: datetime) -> list[int]:
    """Return the tenants that have a wait which is due. The session sees all tenants."""
    query = select(DurableWait.tenant_id).where(_IS_WAITING, DurableWait.due_at <= at).distinct()
    return list(session.scalars(query.order_by(DurableWait.tenant_id)))


def due_waits(session: Session, tenant_id: int, at: datetime) -> list[DurableWait]:
    """Return a tenant's waits that are due, the oldest first."""
    due = (DurableWait.tenant_id == tenant_id, _IS_WAITING, DurableWait.due_at <= at)
    query = select(DurableWait).where(*due).order_by(DurableWait.due_at, DurableWait.id).limit(AT_ONCE)
    return list(session.scalars(query))


def tenants_with_met(session: Session) -> list[int]:
    """Return the tenants with a wait whose condition is met. The session sees all tenants."""
    query = select(DurableWait.tenant_id).where(_ENDS_EARLY, _is_met()).distinct()
    return list(session.scalars(query.order_by(DurableWait.tenant_id)))


def met_waits(session: Session, tenant_id: int) -> list[DurableWait]:
    """Return a tenant's waits whose condition is met, so that they end before they are due."""
    mine = (DurableWait.tenant_id == tenant_id, _ENDS_EARLY, _is_met())
    return list(session.scalars(select(DurableWait).where(*mine).order_by(DurableWait.id).limit(AT_ONCE)))


def is_met(session: Session, wait: DurableWait) -> bool:
    """Return whether the condition of a wait is met now."""
    mine = (DurableWait.tenant_id == wait.tenant_id, DurableWait.id == wait.id)
    return session.scalar(select(DurableWait.id).where(*mine, _is_met())) is not None


def lock_waiting(session: Session, tenant_id: int, wait_id: int) -> DurableWait | None:
    """Return a wait that has not ended, locked until the transaction ends; None for any other."""
    mine: Select[Any] = select(DurableWait).where(
        DurableWait.tenant_id == tenant_id, DurableWait.id == wait_id, _IS_WAITING
    )
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).one_or_none()


def keep_waiting(session: Session, wait: DurableWait) -> bool:
    """Let nobody carry a wait out until the transaction ends; False for one that has ended."""
    mine = (DurableWait.tenant_id == wait.tenant_id, DurableWait.id == wait.id, _IS_WAITING)
    return session.scalar(select(DurableWait.id).where(*mine).with_for_update(read=True)) is not None


def end_wait(session: Session, wait: DurableWait, state: WaitState, at: datetime, reason: str = "") -> None:
    """End a wait that is locked; `reason` is an English text to be shown."""
    wait.state, wait.ended_at, wait.reason = state, at, reason
    session.flush()


def _is_met() -> ColumnElement[bool]:
    of_wait = and_(
        TrackedObject.tenant_id == DurableWait.tenant_id,
        TrackedObject.entity == DurableWait.entity,
        TrackedObject.object_id == DurableWait.object_id,
    )
    is_closed = and_(DurableWait.ends_if == WaitCondition.CLOSED, TrackedObject.is_open.is_(False))
    was_changed = and_(
        DurableWait.ends_if == WaitCondition.CHANGED, TrackedObject.changed_at > DurableWait.created_at
    )
    return exists().where(of_wait, or_(is_closed, was_changed))
