"""The reminder itself: a private card in the person's direct message, with what they wanted to remember."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import quote

from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.accounts.queries import get_user
from models.connections.queries import link_base
from models.deliveries.notices import Notice, notify_person, press_url
from models.languages.translate import for_later, marked
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationChannel, NotificationType
from models.pipedrive.entity import ENTITIES
from models.stalled.queries import get_known, seen_by_person
from models.stalled.track import DEAL
from models.tables.accounts import User
from models.tables.stalled import TrackedObject
from models.tables.waits import DurableWait

REMIND: Final = "remind"  # the action of a reminder
TITLE: Final = "title"  # the keys of its details
WORDS: Final = "words"
UNREACHABLE: Final = marked("Nobody could be written to in Google Chat.")
MOST_TITLE: Final = 150
_BY_NOW: Final = {"won": marked("The deal is won by now."), "lost": marked("The deal is lost by now.")}


def remind(session: Session, wait: DurableWait, at: datetime) -> str:
    """Send the reminder as the person wants it; privately where it was asked for, if Chat refuses."""
    user = get_user(session, wait.tenant_id, wait.user_id)
    if user is None:
        return UNREACHABLE
    notice = _notice(session, wait, user, at)
    new = NewNotification(
        user.email,
        NotificationType.TASK_DUE,
        notice.title,
        notice.words,
        notice.url.split("\n")[0] if notice.url.startswith("https://") else "",
        key=f"reminder-{wait.id}",
        source=REMIND,
        notice=notice,
        asked_for_now=True,
    )
    outcome = send_notification(session, system(wait.tenant_id, REMIND), new, at)
    if NotificationChannel.CHAT not in outcome.errors:
        return ""
    place = wait.destination_id
    if place is None or user.chat_name is None:
        return UNREACHABLE
    sent = notify_person(session, wait.tenant_id, place, user.chat_name, notice)
    return "" if sent else UNREACHABLE


def _notice(session: Session, wait: DurableWait, user: User, at: datetime) -> Notice:
    seen, state = _look_up(session, wait, at)
    words = str(wait.details.get(WORDS, ""))
    title = str(wait.details.get(TITLE, "")) if seen else ""
    hidden = "" if seen else for_later("It was deleted, or you may not see it in Pipedrive any more.")
    body = " ".join(filter(None, (words if title else "", state, hidden)))
    buttons = [
        (marked("Open in Pipedrive"), _link(session, wait) if seen else ""),
        (marked("In an hour"), press_url("reminder.again", wait=wait.id, when="1h")),
        (marked("Tomorrow"), press_url("reminder.again", wait=wait.id, when="tomorrow")),
    ]
    shown = [(label, url) for label, url in buttons if url]
    return Notice(
        for_later("Reminder: {what}", what=(title or words or user.display_name)[:MOST_TITLE]),
        body or for_later("You asked to be reminded now."),
        "\n".join(label for label, _ in shown),
        "\n".join(url for _, url in shown),
    )


def _look_up(session: Session, wait: DurableWait, at: datetime) -> tuple[bool, str]:
    """Return whether the owner may see the object of a wait now, and what became of it where that is known.

    What is not followed counts as seen: the person saw its card.
    """
    if not wait.entity or session.get(TrackedObject, (wait.tenant_id, wait.entity, wait.object_id)) is None:
        return True, ""
    sees = seen_by_person(session, wait.tenant_id, wait.user_id)
    known = get_known(session, wait.tenant_id, wait.entity, wait.object_id, sees, at)
    if known is None:
        return False, ""
    status = str(known.change.after.get("status") or "") if wait.entity == DEAL else ""
    return True, _BY_NOW.get(status, "")


def _link(session: Session, wait: DurableWait) -> str:
    path = ENTITIES[wait.entity].path(quote(wait.object_id, safe="")) if wait.entity else ""
    base = link_base(session, wait.tenant_id)
    return f"{base}{path}" if base and path else ""
