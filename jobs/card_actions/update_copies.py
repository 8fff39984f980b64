"""Draws the cards of an object again after somebody acted on it, in every space that shows it.

Each update is a write of its space: it takes the lane like a delivery, and waits behind due cards. It is
dropped without trace when it fails or is older than ten minutes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from jobs.best_effort.space_writer import SpaceWriter
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.render import render_message
from jobs.to_chat.api import ChatApi
from models.card_actions.copies import DROPPED_AFTER, DueCopy, due_copies, finish_copy, forget_copy
from models.card_actions.queries import ShownAction, actions_on
from models.card_actions.words import name_pairs
from models.clock import now
from models.connections.names import names_of_pairs
from models.database.engine import Database, Session
from models.deliveries.claimed import read_one
from models.deliveries.lanes import ClaimedLane
from models.errors import DestinationGone, RateLimited
from models.pipedrive.change import Change
from models.pipedrive.names import Names
from models.settings import Settings

MOST_AT_ONCE: Final = 20


class CopyUpdater:
    """One for each worker, in a thread of its own."""

    def __init__(
        self, settings: Settings, database: Database, preparation: Preparation, chat: ChatApi
    ) -> None:
        self._endpoint = settings.chat_events_url
        self._database = database
        self._preparation = preparation
        self._chat = chat
        self._writer = SpaceWriter(settings, database)

    def step(self) -> bool:
        """Draw some cards again, one of each space; False when none could be. Raises DatabaseUnavailable."""
        with self._database.reading_all() as session:
            due = due_copies(session, now(), MOST_AT_ONCE)
        return sum(self._update(copy) for copy in due) > 0

    def _update(self, copy: DueCopy) -> bool:
        if copy.due_at < now() - DROPPED_AFTER:
            with self._database.writing(copy.tenant_id) as session:
                finish_copy(session, copy)
            return True
        return self._writer.write(
            copy.tenant_id,
            copy.lane,
            lambda lane, token: self._send(copy, lane, token),
            end=lambda session, error: _end(session, copy, error),
        )

    def _send(self, copy: DueCopy, lane: ClaimedLane, token: str) -> None:
        """Draw and send one card, if there is something to draw."""
        body = self._body(copy, lane, token)
        if body is not None:
            self._chat.update(copy.message_name, body)

    def _body(self, copy: DueCopy, lane: ClaimedLane, token: str) -> dict[str, Any] | None:
        with self._database.reading(copy.tenant_id) as session:
            head = read_one(session, copy.tenant_id, copy.delivery_id)
        if head is None:
            return None
        message = OutgoingMessage(lane, head, [head], 1, token)
        self._preparation.prepare([message])
        if message.nudges is not None:
            return render_message(message).as_chat(self._endpoint)
        change = message.changes[0] if message.changes else None
        if change is None:
            return None
        message.actions, names = self._actions(copy, change, head.created_at or copy.due_at)
        message.names = Names(message.names | names)
        return render_message(message).as_chat(self._endpoint)

    def _actions(self, copy: DueCopy, change: Change, since: datetime) -> tuple[list[ShownAction], Names]:
        """Return what was done on the object since then, and the names that the words about it need."""
        with self._database.reading(copy.tenant_id) as session:
            actions = actions_on(session, copy.tenant_id, change.entity, change.object_id, since)
            pairs = set().union(*(name_pairs(each.fields) for each in actions))
            return actions, names_of_pairs(session, copy.tenant_id, pairs)


def _end(session: Session, copy: DueCopy, error: Exception | None) -> None:
    if isinstance(error, DestinationGone):
        forget_copy(session, copy)
    elif not isinstance(error, RateLimited):
        finish_copy(session, copy)
