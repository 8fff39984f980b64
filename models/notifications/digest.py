"""Summaries of notifications: what a person wants in a summary, or what quiet hours held, as one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.accounts.queries import get_user
from models.deliveries.notices import Notice, press_url
from models.languages.translate import for_later, marked
from models.notifications.channels import ChannelOutcome, send_by
from models.notifications.types import NotificationChannel
from models.tables.accounts import User
from models.tables.notifications import Notification
from models.tables.waits import DurableWait
from models.waits.store import NewWait, add_wait
from models.waits.when import MORNING, day_and_clock
from models.waits.working_time import working_time_of

DIGEST: Final = "digest"  # the action of a wait for a summary
MOST_NAMED: Final = 10
MOST: Final = 500  # of one summary; what is beyond comes in the next
_IS_GATHERED: Final = text("notifications.gathered <> ''")  # in the words of the partial index


def gather(
    session: Session,
    user: User,
    decided: Mapping[NotificationChannel, ChannelOutcome],
    at: datetime,
) -> None:
    """Have what some channel gathers summed up: when quiet hours end, or the next morning."""
    gathered = [each for each in decided.values() if each.is_gathered]
    if not gathered:
        return
    ends = [each.until for each in gathered if each.until is not None]
    due_at = min([_next_morning(session, user, at), *ends]) if len(ends) < len(gathered) else min(ends)
    _wait_for_summary(session, user, due_at, at)


def send_digest(session: Session, wait: DurableWait, at: datetime) -> str:
    """Send what is gathered for a person as one message for each channel."""
    user = get_user(session, wait.tenant_id, wait.user_id)
    if user is None:
        return ""
    mine = (Notification.tenant_id == user.tenant_id, Notification.user_id == user.id, _IS_GATHERED)
    query = select(Notification).where(*mine).order_by(Notification.id).limit(MOST + 1)
    found = session.scalars(query).all()
    for channel in NotificationChannel:
        named = [each for each in found[:MOST] if channel in each.gathered.split(",")]
        news = [each for each in named if each.expires_at is None or each.expires_at > at]
        if news:
            send_by(session, user, channel, _summary(news))
    for each in found[:MOST]:
        each.gathered = ""
    session.flush()
    if len(found) > MOST:
        _wait_for_summary(session, user, at, at, part=str(found[MOST].id))
    return ""


def _wait_for_summary(session: Session, user: User, due_at: datetime, at: datetime, part: str = "") -> None:
    key = f"{DIGEST}-{user.id}-{due_at.isoformat()}{part and '-'}{part}"
    add_wait(session, user.tenant_id, NewWait(user.id, DIGEST, key, due_at), at)


def _next_morning(session: Session, user: User, at: datetime) -> datetime:
    """Return when the next summary is due: at 9:00 of the person's clock, when they work."""
    hours = working_time_of(session, user.tenant_id, user.id, at)
    return hours.next_moment(day_and_clock(None, MORNING, at, str(hours.zone)))


def _summary(news: Sequence[Notification]) -> Notice:
    named = "\n".join(each.title for each in news[:MOST_NAMED])
    more = len(news) - MOST_NAMED
    words = f"{named}\n{for_later('and {count} more', count=more)}" if more > 0 else named
    title = for_later("{count} notifications", count=len(news)) if len(news) > 1 else news[0].title
    return Notice(title, words, marked("Inbox"), press_url("inbox.show"))
