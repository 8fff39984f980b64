"""The Chat app's state for the setup page: whether Chat has called us, and unknown command ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.backfills.heartbeats import last_heartbeat
from models.clock import now
from models.database.engine import Session
from models.events.unknown_commands import recent_commands

CHAT: Final = "chat"  # the name of the heartbeat that the Chat endpoint writes
MOST_UNKNOWN: Final = 10
FORGOTTEN_AFTER: Final = timedelta(days=1)  # so that a corrected mistake is not shown for ever


@dataclass(frozen=True, slots=True)
class ReceivedUnknown:
    """A command id that Chat sent and this release does not know, how often, and when last."""

    id: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ChatSeen:
    """When an interaction that Google signed last arrived (to the minute), None if none ever did."""

    heard_at: datetime | None = None
    unknown_commands: tuple[ReceivedUnknown, ...] = ()


def chat_seen(session: Session, *, with_commands: bool) -> ChatSeen:
    """Read the state of the Chat app, the same for all tenants. Command ids are only for signed-in people."""
    heard_at = last_heartbeat(session, CHAT)
    return ChatSeen(heard_at, _unknown_commands(session) if with_commands else ())


def _unknown_commands(session: Session) -> tuple[ReceivedUnknown, ...]:
    rows = recent_commands(session, now() - FORGOTTEN_AFTER, MOST_UNKNOWN)
    return tuple(ReceivedUnknown(row.command_id, row.times, row.last_at) for row in rows)
