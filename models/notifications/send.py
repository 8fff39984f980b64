"""Sends notifications: each goes where its person wants it, once, and says what became of it by channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action, Scope
from models.chance import new_id
from models.database.storable import storable_text
from models.database.upsert import insert_into
from models.deliveries.notices import Notice
from models.errors import AppError, InvalidRequest
from models.languages.translate import tr
from models.notifications.channels import ChannelFate, ChannelOutcome, Urgency, decide_channels, push
from models.notifications.digest import gather
from models.notifications.mail_limit import MailLimit
from models.notifications.preferences import matrices
from models.notifications.types import NotificationChannel, NotificationType, Priority
from models.security.audit import record
from models.tables.accounts import User
from models.tables.notifications import Notification

log = structlog.get_logger()

MOST_AT_ONCE: Final = 100
TITLE_LETTERS: Final = 200
BODY_LETTERS: Final = 2000
URL_LETTERS: Final = 1000
KEY_LETTERS: Final = 80
MOST_TAGS: Final = 10
TAG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_URL: Final = re.compile(r"https://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class NewNotification:
    """What is sent to the user of an e-mail. `key` names it for the sender: sending again makes no second.

    `notice` is what a direct message shows instead of title and body. `source` says where it comes from.
    `has_card`: a card of the same goes to them as a direct message already.
    `for_all`: everybody in the team may know what it says; else a space or webhook gets only for whom it is.
    `asked_for_now`: the person chose this moment, so quiet hours do not hold it.
    """

    to: str
    type: NotificationType
    title: str
    body: str = ""
    url: str = ""
    priority: Priority = Priority.NORMAL
    tags: Sequence[str] = ()
    expires_at: datetime | None = None
    key: str = ""
    source: str = ""
    notice: Notice | None = None
    asked_for_now: bool = False
    has_card: bool = False
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of one notification, by channel; `error` is why it was not sent at all.

    `channels`: whether a channel took it. `skipped`: who decided that a channel does not take it. `errors`:
    why one could not. `is_new` is False for one that was sent before with the same key.
    """

    id: int | None = None
    channels: Mapping[str, bool] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = True
    error: str = ""

    @property
    def success(self) -> bool:
        return any(self.channels.values())


def send_notification(session: Session, actor: Actor, new: NewNotification, at: datetime) -> SendOutcome:
    """Send one. Raises NotAllowed, and InvalidRequest for what cannot be sent or nobody of the team."""
    (done,) = _send(session, actor, [new], at, raises=True)
    return done


def send_batch(
    session: Session, actor: Actor, batch: Sequence[NewNotification], at: datetime
) -> list[SendOutcome]:
    """Send up to 100; one that cannot be sent has its `error`, and keeps no other from being sent.

    Raises NotAllowed, and InvalidRequest for more.
    """
    require(session, actor, Action.NOTIFY_SEND)
    if len(batch) > MOST_AT_ONCE:
        raise InvalidRequest.of_field("notifications", tr("Send at most {most} at once.", most=MOST_AT_ONCE))
    return _send(session, actor, batch, at, raises=False)


def _send(
    session: Session, actor: Actor, batch: Sequence[NewNotification], at: datetime, *, raises: bool
) -> list[SendOutcome]:
    scope = require(session, actor, Action.NOTIFY_SEND)
    emails = {each.to.strip().lower() for each in batch}
    mine = (User.tenant_id == actor.tenant, User.email.in_(sorted(emails)))
    users = {user.email: user for user in session.scalars(select(User).where(*mine))}
    wanted = matrices(session, actor.tenant, [user.id for user in users.values()])
    outcomes: list[SendOutcome | None] = []
    rows: list[tuple[User, NewNotification, dict[str, Any], dict[NotificationChannel, ChannelOutcome]]] = []
    mails = MailLimit(session, at, ChannelOutcome(ChannelFate.SENT).stored)
    for new in batch:
        try:
            user = _recipient(session, actor, scope, users, new)
            _check(new, at)
        except AppError as refused:
            if raises:
                raise
            outcomes.append(SendOutcome(error=refused.user_message))
            continue
        decided = decide_channels(session, user, wanted[user.id][new.type], at, urgency_of(new), mails)
        if new.has_card:
            decided[NotificationChannel.CHAT] = ChannelOutcome(ChannelFate.CARD)
        rows.append((user, new, _row(user, new, decided, at), decided))
        outcomes.append(None)
    stored = _store(session, rows, at)
    _record(
        session, actor, [user.email for (user, *_), each in zip(rows, stored, strict=True) if each.is_new]
    )
    done = iter(stored)
    return [each if each is not None else next(done) for each in outcomes]


def _record(session: Session, actor: Actor, to: Sequence[str]) -> None:
    """Put it into the audit trail that a person sent this; the engine's own notifications are no acts."""
    if to and actor.user_id is not None:
        record(session, actor, "notification.sent", ", ".join(dict.fromkeys(to)), count=len(to))


def _store(
    session: Session,
    rows: Sequence[tuple[User, NewNotification, dict[str, Any], dict[NotificationChannel, ChannelOutcome]]],
    at: datetime,
) -> list[SendOutcome]:
    """Store notifications in one statement, and push those that are new."""
    if not rows:
        return []
    made = set(_insert(session, [row for _, _, row, _ in rows]))
    first: set[tuple[int, str]] = set()
    stored = _stored(session, [row for _, _, row, _ in rows])
    found = []
    for user, new, row, decided in rows:
        key = (row["user_id"], row["key"])
        notification = stored[key]
        is_new = key in made and key not in first
        first.add(key)
        if is_new:
            push(session, user, notification, new.notice, decided, for_all=new.for_all)
            gather(session, user, decided, at)
            _log(notification)
        found.append(outcome_of(notification, is_new=is_new))
    return found


def _log(notification: Notification) -> None:
    """Log one that was sent, without its words; at level debug, unless a way to its person failed."""
    channels = {key: ChannelOutcome.of(value) for key, value in notification.channels.items()}
    taken = sorted(key for key, each in channels.items() if each.is_taken)
    write = log.warning if notification.errors else log.debug
    write(
        "notification.sent",
        tenant_id=notification.tenant_id,
        user_id=notification.user_id,
        notification_id=notification.id,
        notification_type=notification.type,
        channels=taken,
        status="sent" if taken else "skipped",
        errors=sorted(notification.errors),
    )


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    key = ["tenant_id", "user_id", "key"]
    insert = insert_into(session, Notification).values(list(rows)).on_conflict_do_nothing(index_elements=key)
    returned = session.execute(insert.returning(Notification.user_id, Notification.key)).all()
    return [(user_id, name) for user_id, name in returned]


def _stored(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], Notification]:
    tenant_id = rows[0]["tenant_id"]
    named = or_(
        *(and_(Notification.user_id == row["user_id"], Notification.key == row["key"]) for row in rows)
    )
    found = session.scalars(select(Notification).where(Notification.tenant_id == tenant_id, named))
    return {(each.user_id, each.key): each for each in found}


def outcome_of(notification: Notification, *, is_new: bool = False) -> SendOutcome:
    """Return what became of a stored notification."""
    channels = {key: ChannelOutcome.of(value) for key, value in notification.channels.items()}
    return SendOutcome(
        notification.id,
        {key: each.is_taken for key, each in channels.items()},
        {key: each.by for key, each in channels.items() if each.by},
        dict(notification.errors),
        is_new,
    )


def _row(
    user: User, new: NewNotification, decided: Mapping[NotificationChannel, ChannelOutcome], at: datetime
) -> dict[str, Any]:
    return {
        "tenant_id": user.tenant_id,
        "user_id": user.id,
        "type": new.type,
        "priority": new.priority,
        "title": new.title.strip()[:TITLE_LETTERS],
        "body": new.body.strip()[:BODY_LETTERS],
        "url": new.url,
        "tags": sorted(set(new.tags)),
        "source": new.source[:320],
        "key": storable_text(new.key) or new_id(),  # as it is found again
        "channels": {channel: each.stored for channel, each in decided.items()},
        "errors": {channel: each.error for channel, each in decided.items() if each.error},
        "in_inbox": decided[NotificationChannel.INBOX].is_taken,
        "gathered": ",".join(channel for channel, each in decided.items() if each.is_gathered),
        "created_at": at,
        "expires_at": new.expires_at,
    }


def _recipient(
    session: Session, actor: Actor, scope: Scope, users: Mapping[str, User], new: NewNotification
) -> User:
    """Return whom a notification is for: anybody of the team, or only oneself. Raises NotAllowed."""
    email = new.to.strip().lower()
    if scope is Scope.OWN and email != actor.name.lower():
        raise refusal(session, actor, Action.NOTIFY_SEND)
    if email not in users:
        raise InvalidRequest.of_field("to", tr("{email} is nobody of your team.", email=email[:100]))
    return users[email]


def urgency_of(new: NewNotification) -> Urgency:
    if new.asked_for_now:
        return Urgency.ASKED_FOR
    return Urgency.HIGH if new.priority is Priority.HIGH else Urgency.USUAL


def _check(new: NewNotification, at: datetime) -> None:
    """Raise InvalidRequest for what cannot be sent."""
    if not new.title.strip():
        raise InvalidRequest.of_field("title", tr("A notification needs a title."))
    if new.url and not (len(new.url) <= URL_LETTERS and _URL.fullmatch(new.url)):
        raise InvalidRequest.of_field("url", tr("A link begins with https://."))
    if len(new.tags) > MOST_TAGS or not all(map(TAG.fullmatch, new.tags)):
        text = tr("At most {most} tags, of small letters, digits, - and _.", most=MOST_TAGS)
        raise InvalidRequest.of_field("tags", text)
    if new.expires_at is not None and new.expires_at <= at:
        raise InvalidRequest.of_field("expires_at", tr("It would have expired already."))
    if len(new.key) > KEY_LETTERS:
        raise InvalidRequest.of_field("key", tr("A key has at most {most} letters.", most=KEY_LETTERS))
