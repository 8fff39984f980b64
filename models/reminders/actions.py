"""Reminders: set by people on cards and by words, listed, cancelled, and set again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.reminders.remind import REMIND, TITLE, WORDS
from models.security.audit import record
from models.tables.waits import DurableWait, WaitCondition, WaitState
from models.waits.store import NewWait, add_wait, end_wait, lock_waiting

MOST_WAITING: Final = 200  # reminders of one person
FARTHEST: Final = timedelta(days=366)
WORD_LETTERS: Final = 500
TITLE_LETTERS: Final = 200


@dataclass(frozen=True, slots=True)
class NewReminder:
    """What to remind of: an object of Pipedrive by its `title`, words, or both.

    `key` is the same for a repeat of the same request. `place_id` is the destination where it was asked for.
    """

    due_at: datetime
    key: str
    words: str = ""
    entity: str = ""
    object_id: str = ""
    title: str = ""
    ends_if: WaitCondition = WaitCondition.NEVER
    in_hours: bool = False
    place_id: int | None = None


def set_reminder(session: Session, actor: Actor, new: NewReminder, at: datetime) -> DurableWait:
    """Remind the actor later. What is asked for again is answered with what was set.

    Raises NotAllowed, and InvalidRequest for a moment that is over or too far away, for nothing to remind of,
    and for too many.
    """
    user_id = _require(session, actor)
    if not at < new.due_at <= at + FARTHEST:
        raise InvalidRequest.of_field("at", tr("Choose a moment to come, within a year."))
    if not new.words and not new.entity:
        raise InvalidRequest.of_field("words", tr("What is it about? Add a few words."))
    if _count_waiting(session, actor) >= MOST_WAITING:
        text = tr("You have {most} reminders already. Cancel some first.", most=MOST_WAITING)
        raise InvalidRequest(user_message=text)
    wait, is_new = add_wait(session, actor.tenant, _as_wait(new, user_id), at)
    if is_new:
        subject = f"{new.entity} {new.object_id}".strip() or "words"
        record(session, actor, "reminder.set", subject, due=new.due_at.isoformat())
    return wait


def remind_again(session: Session, actor: Actor, wait_id: int, due_at: datetime, at: datetime) -> DurableWait:
    """Set a reminder of the actor's once more, whatever became of it; the same one only once.

    Raises NotAllowed, NotFound, InvalidRequest (see `set_reminder`).
    """
    old = get_reminder(session, actor, wait_id)
    new = NewReminder(
        due_at,
        key=f"again-{old.id}",
        words=str(old.details.get(WORDS, "")),
        entity=old.entity,
        object_id=old.object_id,
        title=str(old.details.get(TITLE, "")),
        place_id=old.destination_id,
    )
    return set_reminder(session, actor, new, at)


def cancel_reminder(session: Session, actor: Actor, wait_id: int, at: datetime) -> DurableWait:
    """Cancel a reminder of the actor's; one that has ended stays as it is. Raises NotAllowed, NotFound."""
    found = get_reminder(session, actor, wait_id)
    waiting = lock_waiting(session, actor.tenant, found.id)
    if waiting is None:
        return found
    end_wait(session, waiting, WaitState.CANCELLED, at)
    record(session, actor, "reminder.cancelled", f"reminder {waiting.id}")
    return waiting


def get_reminder(session: Session, actor: Actor, wait_id: int) -> DurableWait:
    """Return a reminder of the actor's. Raises NotAllowed, NotFound."""
    user_id = _require(session, actor)
    query = select(DurableWait).where(*_own(actor.tenant, user_id), DurableWait.id == wait_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound(user_message=tr("This reminder is not kept any more."))
    return found


def list_reminders(
    session: Session, actor: Actor, *, limit: int, offset: int = 0
) -> tuple[list[DurableWait], int]:
    """Return a part of the actor's waiting reminders, and how many wait. Raises NotAllowed."""
    user_id = _require(session, actor)
    waiting = (*_own(actor.tenant, user_id), DurableWait.state == WaitState.WAITING)
    query = (
        select(DurableWait)
        .where(*waiting)
        .order_by(DurableWait.due_at, DurableWait.id)
        .offset(offset)
        .limit(limit)
    )
    return list(session.scalars(query)), _count_waiting(session, actor)


def ended_reminders(session: Session, actor: Actor, *, limit: int) -> Sequence[DurableWait]:
    """Return the actor's reminders that ended last, the newest first. Raises NotAllowed."""
    user_id = _require(session, actor)
    ended = (*_own(actor.tenant, user_id), DurableWait.state != WaitState.WAITING)
    return session.scalars(
        select(DurableWait).where(*ended).order_by(DurableWait.id.desc()).limit(limit)
    ).all()


def _as_wait(new: NewReminder, user_id: int) -> NewWait:
    details = {WORDS: new.words[:WORD_LETTERS], TITLE: new.title[:TITLE_LETTERS]}
    return NewWait(
        user_id,
        REMIND,
        new.key[:80],
        new.due_at,
        entity=new.entity,
        object_id=new.object_id,
        details={key: text for key, text in details.items() if text},
        ends_if=new.ends_if if new.entity else WaitCondition.NEVER,
        in_hours=new.in_hours,
        destination_id=new.place_id,
    )


def _count_waiting(session: Session, actor: Actor) -> int:
    waiting = (*_own(actor.tenant, actor.user_id), DurableWait.state == WaitState.WAITING)
    return session.scalar(select(func.count()).select_from(DurableWait).where(*waiting)) or 0


def _own(tenant_id: int, user_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return (DurableWait.tenant_id == tenant_id, DurableWait.user_id == user_id, DurableWait.action == REMIND)


def _require(session: Session, actor: Actor) -> int:
    require(session, actor, Action.ATTENTION_SELF)
    if actor.user_id is None:
        raise refusal(session, actor, Action.ATTENTION_SELF)
    return actor.user_id
