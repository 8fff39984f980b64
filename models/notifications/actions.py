"""A person's inbox: read, counted, marked, deleted and cleared, by nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, cast, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.errors import NotFound, NotYours
from models.languages.translate import tr
from models.notifications.preferences import require_person
from models.notifications.settled import settled_before
from models.notifications.types import NotificationType
from models.security.audit import record
from models.tables.notifications import Notification

MOST_COUNTED: Final = 10_000
_IN_INBOX: Final = text("notifications.in_inbox")  # in the words of the partial index


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which notifications; without a filter all that the inbox holds.

    `with_hidden`: also those that were switched off for the inbox.
    """

    unread: bool = False
    type: NotificationType | None = None
    tag: str = ""
    with_hidden: bool = False


@dataclass(frozen=True, slots=True)
class InboxPart:
    """A part of a list: `limit` rows behind the first `offset`, or below the id `before`, or above `after`.

    With `after` the oldest come first, as soon as no smaller id can come any more; else the newest.
    """

    limit: int
    offset: int = 0
    before: int | None = None
    after: int | None = None


def list_inbox(
    session: Session, actor: Actor, wanted: InboxFilter, part: InboxPart, at: datetime
) -> Sequence[Notification]:
    """Return a part of the actor's inbox. Raises NotAllowed."""
    query = select(Notification).where(*_fitting(require_person(session, actor), actor, wanted, at))
    if part.after is not None:
        is_next = (Notification.id > part.after, Notification.created_at <= settled_before(session, at))
        return session.scalars(query.where(*is_next).order_by(Notification.id).limit(part.limit)).all()
    if part.before is not None:
        query = query.where(Notification.id < part.before)
    return session.scalars(query.order_by(Notification.id.desc()).offset(part.offset).limit(part.limit)).all()


def count_inbox(session: Session, actor: Actor, wanted: InboxFilter, at: datetime) -> int:
    """Return how many fit, up to `MOST_COUNTED`. Raises NotAllowed."""
    fitting = _fitting(require_person(session, actor), actor, wanted, at)
    some = select(Notification.id).where(*fitting).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def get_notification(session: Session, actor: Actor, notification_id: int) -> Notification:
    """Return one of the actor's. Raises NotAllowed, NotFound."""
    user_id = require_person(session, actor)
    mine = (Notification.tenant_id == actor.tenant, Notification.id == notification_id)
    found = session.scalar(select(Notification).where(*mine))
    if found is None or found.user_id != user_id:
        kind = NotFound if found is None else NotYours
        raise kind(user_message=tr("This notification is not in your inbox any more."))
    return found


def mark_read(session: Session, actor: Actor, notification_id: int, at: datetime) -> Notification:
    """Mark one as read; one that is read stays so. Raises NotAllowed, NotFound."""
    found = get_notification(session, actor, notification_id)
    if found.read_at is None:
        found.read_at = at
        record(session, actor, "notification.read", str(found.id))
        session.flush()
    return found


def mark_all_read(session: Session, actor: Actor, at: datetime) -> int:
    """Mark all of the actor's inbox as read; return how many were not. Raises NotAllowed."""
    fitting = _fitting(require_person(session, actor), actor, InboxFilter(unread=True), at)
    done = update(Notification).where(*fitting).values(read_at=at)
    return _changed(session, actor, "notification.read", done)


def delete_notification(session: Session, actor: Actor, notification_id: int) -> Notification:
    """Delete one; return the row. Raises NotAllowed, NotFound."""
    found = get_notification(session, actor, notification_id)
    session.delete(found)
    record(session, actor, "notification.deleted", str(found.id))
    session.flush()
    return found


def clear_read(session: Session, actor: Actor) -> int:
    """Delete what the actor has read; return how many. Raises NotAllowed."""
    user_id = require_person(session, actor)
    read = (
        Notification.tenant_id == actor.tenant,
        Notification.user_id == user_id,
        Notification.read_at.is_not(None),
    )
    return _changed(session, actor, "notification.deleted", delete(Notification).where(*read))


def _changed(session: Session, actor: Actor, what: str, statement: Any) -> int:
    session.flush()
    rows: Any = session.execute(statement.execution_options(synchronize_session=False))
    count = int(rows.rowcount)
    if count:
        record(session, actor, what, "all", count=count)
    session.expire_all()
    return count


def _fitting(user_id: int, actor: Actor, wanted: InboxFilter, at: datetime) -> list[Any]:
    found: list[Any] = [
        Notification.tenant_id == actor.tenant,
        Notification.user_id == user_id,
        or_(Notification.expires_at.is_(None), Notification.expires_at > at),
    ]
    if not wanted.with_hidden:
        found.append(_IN_INBOX)
    if wanted.unread:
        found.append(Notification.read_at.is_(None))
    if wanted.type is not None:
        found.append(Notification.type == wanted.type)
    if wanted.tag:  # tags have no letters that a pattern or JSON would write otherwise
        found.append(cast(Notification.tags, String).contains(f'"{wanted.tag}"', autoescape=True))
    return found
