"""Summaries of notifications: what a person wants in a summary, or what quiet hours held, as one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from models.accounts.queries import get_user
from models.deliveries.notices import Notice, press_url
from models.languages.translate import for_later, marked
from models.notifications.channels import ChannelOutcome, send_by
from models.notifications.mail_limit import HOUR, MAILS, pending_summary
from models.notifications.types import NotificationChannel
from models.tables.accounts import User
from models.tables.notifications import Notification
from models.tables.waits import DurableWait
from models.waits.store import NewWait, add_wait, keep_waiting
from models.waits.when import MORNING, day_and_clock
from models.waits.working_time import working_time_of

DIGEST: Final = "digest"  # the action of a wait for a summary
MOST_NAMED: Final = 10
MOST_MAILS: Final = 100  # that one mail names; what is beyond comes an hour later
LETTERS: Final = 3500  # of all titles that one message names; a card's text is cut some letters later
EMAIL: Final = NotificationChannel.EMAIL
MOST: Final = 500  # of one summary; what is beyond comes in the next
MOMENT: Final = timedelta(seconds=1)
_IS_GATHERED: Final = text("notifications.gathered <> ''")  # in the words of the partial index


def gather(
    session: Session,
    user: User,
    decided: Mapping[NotificationChannel, ChannelOutcome],
    at: datetime,
) -> None:
    """Have what some channel gathers summed up: when quiet hours end, or the next morning.

    Mails beyond the limit of an hour have a summary of their own.
    """
    over = [each.until for each in decided.values() if each.is_over and each.until is not None]
    for due_at in over:
        _wait_for_summary(session, user, due_at, at, part=MAILS)
    gathered = [each for each in decided.values() if each.is_gathered and not each.is_over]
    if not gathered:
        return
    ends = [each.until for each in gathered if each.until is not None]
    due_at = min([_next_morning(session, user, at), *ends]) if len(ends) < len(gathered) else min(ends)
    _wait_for_summary(session, user, due_at, at)


def send_digest(session: Session, wait: DurableWait, at: datetime) -> str:
    """Send what is gathered for a person as one message for each channel.

    While mails wait for their own summary, the usual one leaves them to it.
    """
    user = get_user(session, wait.tenant_id, wait.user_id)
    if user is None:
        return ""
    if wait.key.endswith(f"-{MAILS}"):
        _send_mails(session, user, wait, at)
        return ""
    keeps_mails = pending_summary(session, user.tenant_id, user.id) is not None
    channels = [each for each in NotificationChannel if not (keeps_mails and each is EMAIL)]
    left = _sum_up(session, user, channels, at, most=MOST)
    if left is not None:
        _wait_for_summary(session, user, at, at, part=str(left))
    return ""


def _send_mails(session: Session, user: User, wait: DurableWait, at: datetime) -> None:
    """Send the mails that the limit held as one, an hour after another one at the earliest."""
    left = _sum_up(session, user, [EMAIL], at, most=MOST_MAILS, names_all=True)
    if left is not None:
        _wait_for_summary(session, user, max(at, wait.due_at) + HOUR, at, part=MAILS)


def _sum_up(
    session: Session,
    user: User,
    channels: Sequence[NotificationChannel],
    at: datetime,
    *,
    most: int,
    names_all: bool = False,
) -> int | None:
    """Send what some channels have gathered; return the first notification that is left for the next time.

    `names_all`: as many as can all be named.
    """
    mine = (Notification.tenant_id == user.tenant_id, Notification.user_id == user.id, _IS_GATHERED)
    of_some = or_(*(Notification.gathered.contains(each) for each in channels))
    query = select(Notification).where(*mine, of_some).order_by(Notification.id).limit(most + 1)
    found = session.scalars(query).all()
    most = _fitting(found[:most]) if names_all else most
    for channel in channels:
        waiting = [each for each in found[:most] if channel in each.gathered.split(",")]
        news = [each for each in waiting if each.expires_at is None or each.expires_at > at]
        if news:
            send_by(session, user, channel, _summary(news, most if names_all else MOST_NAMED))
    for each in found[:most]:
        each.gathered = ",".join(kept for kept in each.gathered.split(",") if kept not in channels)
    session.flush()
    return found[most].id if len(found) > most else None


def _fitting(found: Sequence[Notification]) -> int:
    """Count the first notifications whose titles fit into one message."""
    letters = accumulate(len(each.title) + 1 for each in found)
    return max(sum(each <= LETTERS for each in letters), 1)


def _wait_for_summary(session: Session, user: User, due_at: datetime, at: datetime, part: str = "") -> None:
    """Have a summary sent then; a moment later where the one of that time is sent already, without this."""
    is_waiting = False
    while not is_waiting:
        key = f"{DIGEST}-{user.id}-{due_at.isoformat()}{part and '-'}{part}"
        wait, is_new = add_wait(session, user.tenant_id, NewWait(user.id, DIGEST, key, due_at), at)
        is_waiting = is_new or keep_waiting(session, wait)
        due_at += MOMENT


def _next_morning(session: Session, user: User, at: datetime) -> datetime:
    """Return when the next summary is due: at 9:00 of the person's clock, when they work."""
    hours = working_time_of(session, user.tenant_id, user.id, at)
    return hours.next_moment(day_and_clock(None, MORNING, at, str(hours.zone)))


def _summary(news: Sequence[Notification], most: int) -> Notice:
    named = "\n".join(each.title for each in news[:most])
    more = len(news) - most
    words = f"{named}\n{for_later('and {count} more', count=more)}" if more > 0 else named
    title = for_later("{count} notifications", count=len(news)) if len(news) > 1 else news[0].title
    return Notice(title, words, marked("Inbox"), press_url("inbox.show"))
