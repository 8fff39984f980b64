"""What each channel does with a notification: takes it, gathers it, leaves it out, or cannot take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.deliveries.notices import Notice, notify_destination, notify_directly, press_url
from models.destinations.configured import missing_for_later
from models.languages.translate import for_later, marked
from models.notifications.mail_limit import MailLimit
from models.notifications.places import KINDS, place_id
from models.notifications.preferences import ChosenBy, ChosenMode
from models.notifications.types import NotificationChannel, NotificationMode, missing_for
from models.tables.accounts import User
from models.tables.destinations import EMAIL, Destination
from models.tables.notifications import Notification
from models.waits.working_time import working_time_of

NOT_IN_CHAT: Final = marked("They have not written to the app in Google Chat yet.")
CHAT_REFUSES: Final = marked("Their direct message takes no messages.")
NO_PLACE: Final = marked("They have chosen no destination for it that takes messages.")
NO_ADDRESS: Final = marked("Their e-mail address is no destination of the team: an admin adds it.")


class ChannelFate(StrEnum):
    """What a channel does."""

    SENT = "sent"
    CARD = "card"  # a card of a rule says the same there
    GATHERED = "gathered"
    OFF = "off"
    FAILED = "failed"


class Urgency(StrEnum):
    """Whether quiet hours hold a direct message."""

    USUAL = "usual"
    HIGH = "high"  # it passes where urgent cards do
    ASKED_FOR = "asked for"  # it always passes


@dataclass(frozen=True, slots=True)
class ChannelOutcome:
    """What a channel did with a notification, as `notifications.channels` keeps it: `off:person`.

    `by` is who decided that it is left out, `error` why it could not be taken. `until` is when what is
    gathered because of quiet hours, or of the limit for mails (`is_over`), is summed up, None for the usual
    time.
    """

    fate: ChannelFate
    by: str = ""
    error: str = ""
    until: datetime | None = None
    is_over: bool = False

    @classmethod
    def of(cls, stored: str) -> ChannelOutcome:
        """Read what `stored` wrote."""
        fate, _, by = stored.partition(":")
        return cls(ChannelFate(fate), by)

    @property
    def stored(self) -> str:
        return f"{self.fate}:{self.by}" if self.by else str(self.fate)

    @property
    def is_taken(self) -> bool:
        return self.fate in (ChannelFate.SENT, ChannelFate.CARD, ChannelFate.GATHERED)

    @property
    def is_gathered(self) -> bool:
        return self.fate is ChannelFate.GATHERED


def decide_channels(
    session: Session,
    user: User,
    wanted: Mapping[NotificationChannel, ChosenMode],
    at: datetime,
    urgency: Urgency,
    mails: MailLimit,
) -> dict[NotificationChannel, ChannelOutcome]:
    """Decide what each channel does: what the person wants first, then whether it can reach them.

    During quiet hours a direct message is gathered until they end, but for one of high priority where urgent
    cards pass, and for one that the person asked for at this moment. Mails are gathered beyond `mails`.
    """
    found = {}
    for channel in NotificationChannel:
        chosen = wanted[channel]
        if channel in KINDS and chosen.by is ChosenBy.USUAL:
            continue  # nobody wants it there
        if chosen.mode is NotificationMode.OFF:
            found[channel] = ChannelOutcome(ChannelFate.OFF, by=chosen.by)
        elif error := _unreachable(session, user, channel):
            found[channel] = ChannelOutcome(ChannelFate.FAILED, error=error)
        elif chosen.mode is NotificationMode.DIGEST:
            found[channel] = ChannelOutcome(ChannelFate.GATHERED)
        else:
            over = mails.held_until(user) if channel is NotificationChannel.EMAIL else None
            found[channel] = (
                ChannelOutcome(ChannelFate.GATHERED, until=over, is_over=True)
                if over is not None
                else _at_once(session, user, channel, urgency, at)
            )
    return found


def _at_once(
    session: Session, user: User, channel: NotificationChannel, urgency: Urgency, at: datetime
) -> ChannelOutcome:
    if channel is NotificationChannel.CHAT and urgency is not Urgency.ASKED_FOR:
        hours = working_time_of(session, user.tenant_id, user.id, at)
        if until := hours.quiet_until(at, urgent=urgency is Urgency.HIGH):
            return ChannelOutcome(ChannelFate.GATHERED, until=until)
    return ChannelOutcome(ChannelFate.SENT)


def _unreachable(session: Session, user: User, channel: NotificationChannel) -> str:
    """Return why a channel cannot reach somebody, empty if it can."""
    if channel is NotificationChannel.CHAT and user.chat_name is None:
        return NOT_IN_CHAT
    if name := missing_for(session, channel):
        return missing_for_later(name)
    if channel is NotificationChannel.EMAIL and address_of(session, user) is None:
        return NO_ADDRESS
    if channel in KINDS and place_id(session, user, channel) is None:
        return NO_PLACE
    return ""


def address_of(session: Session, user: User) -> int | None:
    """Return the destination that is a person's e-mail address, None if the team has none that is on."""
    mine = (
        Destination.tenant_id == user.tenant_id,
        Destination.kind == EMAIL,
        Destination.address == user.email,
        Destination.is_active.is_(True),
    )
    return session.scalar(select(Destination.id).where(*mine).order_by(Destination.id).limit(1))


def push(
    session: Session,
    user: User,
    notification: Notification,
    notice: Notice | None,
    decided: Mapping[NotificationChannel, ChannelOutcome],
    *,
    for_all: bool = False,
) -> None:
    """Send a new notification at once by the channels that were decided so; note one that takes nothing.

    `for_all`: a space or a webhook gets what it says; else only for whom it is.
    """
    shown = notice or notice_of(notification)
    for channel, outcome in decided.items():
        by_others = channel in KINDS
        words = notice_for_others(user, notification, for_all=for_all) if by_others else shown
        if outcome.fate is ChannelFate.SENT and not send_by(session, user, channel, words):
            failed = ChannelOutcome(ChannelFate.FAILED).stored
            notification.channels = {**notification.channels, channel: failed}
            notification.errors = {**notification.errors, channel: CHAT_REFUSES}
    session.flush()


def send_by(session: Session, user: User, channel: NotificationChannel, notice: Notice) -> bool:
    """Send a notice by one channel; return whether it takes it. An inbox has it already."""
    if channel is NotificationChannel.CHAT:
        return bool(notify_directly(session, user, notice))
    if channel is NotificationChannel.EMAIL:
        address = address_of(session, user)
        sent = notify_destination(session, user.tenant_id, address, notice) if address is not None else 0
        return bool(sent)
    if channel in KINDS:
        place = place_id(session, user, channel)
        return place is not None and bool(notify_destination(session, user.tenant_id, place, notice))
    return True


def notice_for_others(user: User, notification: Notification, *, for_all: bool) -> Notice:
    """Return what a space or a webhook gets: what happened and for whom, or only that something did."""
    who = user.display_name or user.email
    if not for_all:
        title = for_later("A notification for {person}", person=who[:80])
        return Notice(title, for_later("It is in their inbox."))
    words = for_later("For {people}", people=who[:80])
    what = "\n".join(filter(None, (notification.body, words)))
    has_link = bool(notification.url)
    return Notice(
        notification.title, what, marked("Open") if has_link else "", notification.url if has_link else ""
    )


def notice_of(notification: Notification) -> Notice:
    """Return what a direct message shows of a notification: its text, its link, and the way to the inbox."""
    buttons = [(marked("Open"), notification.url)] if notification.url else []
    buttons.append((marked("Inbox"), press_url("inbox.show")))
    return Notice(
        notification.title,
        notification.body or for_later("It is in your inbox."),
        "\n".join(label for label, _ in buttons),
        "\n".join(url for _, url in buttons),
    )
