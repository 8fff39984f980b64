"""Writes a line into the thread of an object whose news came at the end of the space.

Only into a thread that is there, silently, and at most once: the line counts as written before it is sent.
"""

from __future__ import annotations

from typing import Final

from bot.cards.delivered import thread_line
from jobs.best_effort.space_writer import SpaceWriter
from jobs.channels import CHANNELS, ChatClients, SendRequest, address_of
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import Preparation
from models.card_actions.copies import DROPPED_AFTER
from models.clock import now
from models.database.engine import Database, Session
from models.deliveries.claimed import read_one
from models.deliveries.lanes import ClaimedLane
from models.deliveries.thread_lines import DueLine, due_lines, mark_lines_due, take_lines
from models.errors import RateLimited
from models.languages.translate import speaking
from models.security.vault import Vault
from models.settings import Settings

MOST_AT_ONCE: Final = 20


class ThreadLineWriter:
    """One for each worker, in a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        vault: Vault,
        preparation: Preparation,
        clients: ChatClients,
    ) -> None:
        self._endpoint = settings.chat_events_url
        self._database = database
        self._vault = vault
        self._preparation = preparation
        self._clients = clients
        self._writer = SpaceWriter(settings, database)

    def step(self) -> bool:
        """Write some lines, one in each space; False when none could be. Raises DatabaseUnavailable."""
        with self._database.reading_all() as session:
            due = due_lines(session, now(), MOST_AT_ONCE)
        return sum(self._write(line) for line in due) > 0

    def _write(self, line: DueLine) -> bool:
        if line.due_at < now() - DROPPED_AFTER:
            with self._database.writing(line.tenant_id) as session:
                take_lines(session, [line])
            return True

        def end(session: Session, error: Exception | None) -> None:
            if isinstance(error, RateLimited):  # Chat has taken nothing
                mark_lines_due(session, [line.delivery_id], line.due_at)

        return self._writer.write(
            line.tenant_id,
            line.lane,
            lambda lane, token: self._send(line, lane, token),
            begin=lambda session: take_lines(session, [line]),
            end=end,
        )

    def _send(self, line: DueLine, lane: ClaimedLane, token: str) -> None:
        with self._database.reading(line.tenant_id) as session:
            head = read_one(session, line.tenant_id, line.delivery_id)
        if head is None or not head.is_active or head.destination_lane != line.lane:
            return
        message = OutgoingMessage(lane, head, [head], 1, token)
        self._preparation.prepare([message])
        change = message.changes[0] if message.changes else None
        if change is None:
            return
        with speaking(message.language):
            drawn = thread_line(head, change, message.names, timezone=message.timezone)
        request = SendRequest(
            address=address_of(head, self._vault),
            message=drawn,
            message_id=f"client-{head.request_id}-line",
            request_id=f"{head.request_id}-line",
            endpoint=self._endpoint,
        )
        CHANNELS[str(head.kind)](request, self._clients)
