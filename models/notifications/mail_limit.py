"""How many notification mails a person gets in an hour: what is more comes as one summary, an hour later.

One of an hour's mails is left for that summary, so that no hour has more of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.notifications.types import NotificationChannel
from models.settings import Settings
from models.tables.accounts import User
from models.tables.notifications import Notification
from models.tables.waits import DurableWait

PER_HOUR: Final = "notification_mails_per_hour"  # the key in a session's info
USUAL: Final = 50
HOUR: Final = timedelta(hours=1)
MAILS: Final = "mails"  # ends the key of a wait for what the limit holds
MOST_READ: Final = 2000  # notifications of an hour that are looked through
_IS_WAITING: Final = text("waits.state = 'waiting'")  # in the words of the partial index


def limit_mails(database: Database, settings: Settings) -> None:
    """Let the setting hold in the sessions of a database."""
    database.carried[PER_HOUR] = settings.notification_mails_per_hour


class MailLimit:
    """The limit for a batch of notifications, which count, too. `sent` is how a channel says that it sent."""

    def __init__(self, session: Session, at: datetime, sent: str) -> None:
        self._session = session
        self._at = at
        self._sent = sent
        self._most = int(session.info.get(PER_HOUR, USUAL)) - 1
        self._counts: dict[int, int] = {}
        self._held: dict[int, datetime] = {}

    def held_until(self, user: User) -> datetime | None:
        """Return when a mail comes as part of a summary; None, and it is counted, if it is sent now.

        While a summary waits, all later ones join it: they are read in their order.
        """
        if user.id not in self._counts:
            self._counts[user.id] = self._count(user)
            due_at = pending_summary(self._session, user.tenant_id, user.id)
            if due_at is not None:
                self._held[user.id] = due_at
        if user.id not in self._held and self._counts[user.id] >= self._most:
            self._held[user.id] = self._at + HOUR
        if (until := self._held.get(user.id)) is not None:
            return until
        self._counts[user.id] += 1
        return None

    def _count(self, user: User) -> int:
        mine = (Notification.tenant_id == user.tenant_id, Notification.user_id == user.id)
        query = select(Notification.channels).where(*mine, Notification.created_at > self._at - HOUR)
        newest = query.order_by(Notification.id.desc()).limit(MOST_READ)
        return sum(self._is_mailed(channels) for channels in self._session.scalars(newest))

    def _is_mailed(self, channels: Mapping[str, Any]) -> bool:
        return channels.get(NotificationChannel.EMAIL) == self._sent


def pending_summary(session: Session, tenant_id: int, user_id: int) -> datetime | None:
    """Return when what the limit holds of a person's mails is due, None if it holds nothing."""
    mine = (DurableWait.tenant_id == tenant_id, DurableWait.user_id == user_id, _IS_WAITING)
    query = select(DurableWait.due_at).where(*mine, DurableWait.key.endswith(f"-{MAILS}"))
    return session.scalar(query.order_by(DurableWait.due_at).limit(1))
