"""The types of notifications, the channels that reach a person, and what holds where nobody chose."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from models.destinations.configured import missing_setting
from models.languages.translate import marked
from models.tables.destinations import EMAIL


class NotificationType(StrEnum):
    """What a notification is about."""

    CONTACT_CREATED = "CONTACT_CREATED"
    LEAD_ASSIGNED = "LEAD_ASSIGNED"
    LEAD_UPDATED = "LEAD_UPDATED"
    DEAL_WON = "DEAL_WON"
    DEAL_LOST = "DEAL_LOST"
    DEAL_STAGE_CHANGED = "DEAL_STAGE_CHANGED"
    DEAL_STALLED = "DEAL_STALLED"
    TASK_DUE = "TASK_DUE"
    NUDGE = "NUDGE"
    MENTION = "MENTION"
    DIGEST = "DIGEST"
    BROADCAST = "BROADCAST"
    QUOTA_WARNING = "QUOTA_WARNING"
    CONNECTION_PROBLEM = "CONNECTION_PROBLEM"
    SYSTEM = "SYSTEM"


class NotificationChannel(StrEnum):
    """The kind of way to a person."""

    INBOX = "in_app"
    CHAT = "chat"  # a direct message, which a phone shows as it shows any
    EMAIL = "email"  # to an e-mail address of theirs that the team has as a destination
    SPACE = "space"  # to a space that the person chose
    WEBHOOK = "webhook"  # to an outgoing webhook of the team that they chose


class NotificationMode(StrEnum):
    """When a channel takes a notification."""

    NOW = "now"
    DIGEST = "digest"
    OFF = "off"


class Priority(StrEnum):
    """How pressing it is: `high` passes quiet hours that let urgent cards through."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


TYPE_TEXTS: Final[Mapping[NotificationType, str]] = {
    NotificationType.CONTACT_CREATED: marked("New contact"),
    NotificationType.LEAD_ASSIGNED: marked("Lead assigned"),
    NotificationType.LEAD_UPDATED: marked("Lead updated"),
    NotificationType.DEAL_WON: marked("Deal won"),
    NotificationType.DEAL_LOST: marked("Deal lost"),
    NotificationType.DEAL_STAGE_CHANGED: marked("Deal moved"),
    NotificationType.DEAL_STALLED: marked("Deal stalled"),
    NotificationType.TASK_DUE: marked("Task or reminder due"),
    NotificationType.NUDGE: marked("Deals that need something"),
    NotificationType.MENTION: marked("Mention"),
    NotificationType.DIGEST: marked("Summary"),
    NotificationType.BROADCAST: marked("Message to many"),
    NotificationType.QUOTA_WARNING: marked("Limit reached"),
    NotificationType.CONNECTION_PROBLEM: marked("Connection problem"),
    NotificationType.SYSTEM: marked("From Pipenotify"),
}
CHANNEL_TEXTS: Final[Mapping[NotificationChannel, str]] = {
    NotificationChannel.INBOX: marked("Inbox"),
    NotificationChannel.CHAT: marked("Direct message"),
    NotificationChannel.EMAIL: marked("E-mail"),
    NotificationChannel.SPACE: marked("Space"),
    NotificationChannel.WEBHOOK: marked("Webhook"),
}
MODE_TEXTS: Final[Mapping[NotificationMode, str]] = {
    NotificationMode.NOW: marked("at once"),
    NotificationMode.DIGEST: marked("in a summary"),
    NotificationMode.OFF: marked("not at all"),
}
_AT_ONCE_IN_CHAT: Final = (
    NotificationType.LEAD_ASSIGNED,
    NotificationType.TASK_DUE,
    NotificationType.NUDGE,
    NotificationType.MENTION,
    NotificationType.CONNECTION_PROBLEM,
)


def missing_for(session: Session, channel: NotificationChannel) -> str:
    """Return the variable without which a channel sends nothing from here, empty if it can."""
    return missing_setting(session, EMAIL) if channel is NotificationChannel.EMAIL else ""


def unavailable_channels(session: Session) -> dict[NotificationChannel, str]:
    """Return the channels that send nothing from here, each with the variable that is missing."""
    found = {each: missing_for(session, each) for each in NotificationChannel}
    return {each: name for each, name in found.items() if name}


def modes_of(channel: NotificationChannel) -> tuple[NotificationMode, ...]:
    """Return the modes that a channel knows: inbox, space and webhook sum nothing up."""
    if channel not in (NotificationChannel.CHAT, NotificationChannel.EMAIL):
        return (NotificationMode.NOW, NotificationMode.OFF)
    return tuple(NotificationMode)


def usual_mode(type_: NotificationType, channel: NotificationChannel) -> NotificationMode:
    """Return what holds where neither the person nor their team chose: quiet, but for what needs them."""
    if channel is NotificationChannel.INBOX:
        return NotificationMode.NOW
    is_pressing = channel is NotificationChannel.CHAT and type_ in _AT_ONCE_IN_CHAT
    return NotificationMode.NOW if is_pressing else NotificationMode.OFF
