"""Reads what happened after a place: what Pipedrive told, one's own notifications, and what people did."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, literal, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.deliveries.visible import visible_to
from models.events.store import TESTS
from models.notifications.actions import InboxFilter, InboxPart, list_inbox
from models.notifications.settled import settled_before
from models.tables.audit import AuditEntry
from models.tables.deliveries import Delivery
from models.tables.events import Event, EventState
from models.tables.notifications import Notification

MOST_LOOKED_AT: Final = 500  # rows of a source at once; many of them may be of other types
NOTIFICATION: Final = "notification"
ACTIVITY: Final = "user:activity"
_PLACE: Final = re.compile(r"(\d{1,18})-(\d{1,18})-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """How far a stream was read: the ids of the last event, notification and entry of the audit trail."""

    event: int = 0
    notification: int = 0
    act: int = 0

    def __str__(self) -> str:
        return f"{self.event}-{self.notification}-{self.act}"

    @classmethod
    def from_text(cls, text: str) -> StreamPlace | None:
        """Return the place that was written so; None for what is no place."""
        found = _PLACE.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One thing that happened. `place` is that behind it; `data` has neither titles nor values of deals."""

    type: str
    at: datetime
    data: Mapping[str, Any]
    place: StreamPlace


@dataclass(frozen=True, slots=True)
class StreamSelection:
    """Which items: of `types` (`lead`, `lead:created`, `notification`, `user`), or all where it names none.

    `has_notifications`: the caller's token may read these, too.
    """

    types: Sequence[str] = ()
    has_notifications: bool = True

    def has(self, type: str) -> bool:
        noun = type.partition(":")[0]
        return not self.types or type in self.types or noun in self.types


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of one source; without an item where it is not for this reader."""

    number: int
    item: StreamItem | None
    at: datetime


def newest_place(session: Session, actor: Actor) -> StreamPlace:
    """Return the place behind all that has happened so far."""
    columns = (Event.id, Notification.id, AuditEntry.id)
    newest = (select(func.max(each)).where(each.class_.tenant_id == actor.tenant) for each in columns)
    return StreamPlace(*(session.scalar(each) or 0 for each in newest))


def read_stream(
    session: Session, actor: Actor, place: StreamPlace, wanted: StreamSelection, limit: int, at: datetime
) -> tuple[list[StreamItem], StreamPlace]:
    """Return what happened after a place, the oldest first, and the place to go on from.

    Of each source nothing is skipped or repeated. An event that the rules have not been asked about yet holds
    up those after it. Events are for who may read deliveries of others or of their own rules, what people did
    is for who may read the audit trail.
    """
    until = settled_before(session, at)
    sources = {
        "event": _events(session, actor, place, until),
        "notification": _notifications(session, actor, place, at) if wanted.has_notifications else (),
        "act": _acts(session, actor, place, until),
    }
    rows = (_of_source(name, each) for name, each in sources.items())
    found = list[StreamItem]()
    for name, row in heapq.merge(*rows, key=lambda pair: pair[1].at):
        place = replace(place, **{name: row.number})
        if row.item is not None and wanted.has(row.item.type):
            found.append(replace(row.item, place=place))
        if len(found) == limit:
            break
    return found, place


def _of_source(name: str, rows: Iterator[_Row] | tuple[()]) -> Iterator[tuple[str, _Row]]:
    return ((name, each) for each in rows)


def _events(session: Session, actor: Actor, place: StreamPlace, until: datetime) -> Iterator[_Row]:
    scope = actor.scope(Action.LOG_READ)
    if scope not in (Scope.TENANT, Scope.OWN):
        return
    of_it = and_(Delivery.tenant_id == Event.tenant_id, Delivery.event_id == Event.id)
    own = select(Delivery.id).where(of_it, visible_to(actor, Action.LOG_READ)).exists()
    is_seen = literal(True) if scope is Scope.TENANT else own
    is_real = Event.source_key.not_like(f"{TESTS}%") & (Event.state == EventState.DONE)
    columns = (Event.id, Event.state, Event.received_at, Event.kind, Event.object_key)
    after = (Event.tenant_id == actor.tenant, Event.id > place.event)
    query = select(*columns, and_(is_real, is_seen)).where(*after).order_by(Event.id).limit(MOST_LOOKED_AT)
    for number, state, at, kind, subject, is_shown in session.execute(query):
        if state == EventState.NEW or at > until:
            return
        item = (
            StreamItem(kind.replace(".", ":"), at, {"object": subject}, place) if is_shown and kind else None
        )
        yield _Row(number, item, at)


def _notifications(session: Session, actor: Actor, place: StreamPlace, at: datetime) -> Iterator[_Row]:
    if actor.user_id is None:
        return
    part = InboxPart(MOST_LOOKED_AT, after=place.notification)
    for each in list_inbox(session, actor, InboxFilter(), part, at):
        data = {"id": str(each.id), "type": each.type, "priority": each.priority, "title": each.title}
        yield _Row(each.id, StreamItem(NOTIFICATION, each.created_at, data, place), each.created_at)


def _acts(session: Session, actor: Actor, place: StreamPlace, until: datetime) -> Iterator[_Row]:
    if not actor.may(Action.AUDIT_READ):
        return
    after = (AuditEntry.tenant_id == actor.tenant, AuditEntry.id > place.act)
    query = select(AuditEntry).where(*after).order_by(AuditEntry.id).limit(MOST_LOOKED_AT)
    for each in session.scalars(query):
        if each.created_at > until:
            return
        data = {"actor": each.actor, "action": each.action, "object": each.object}
        yield _Row(each.id, StreamItem(ACTIVITY, each.created_at, data, place), each.created_at)
