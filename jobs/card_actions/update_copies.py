"""Draws the cards of an object again after somebody acted on it, in every space that shows it.

Each update is a write of its space: it takes the lane like a delivery, and waits behind due cards. It is
dropped without trace when it fails or is older than ten minutes.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.quota_share import QuotaShare
from jobs.deliveries.render import render_message
from jobs.deliveries.results import release_lane
from jobs.deliveries.retry import LEASE, wait_when_limited
from jobs.to_chat.api import ChatApi
from models.card_actions.copies import DROPPED_AFTER, DueCopy, due_copies, finish_copy, forget_copy
from models.card_actions.queries import ShownAction, actions_on
from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes as lane_store
from models.deliveries.claimed import read_one
from models.deliveries.lanes import ClaimedLane
from models.errors import DatabaseUnavailable, DestinationGone, RateLimited
from models.pipedrive.change import Change
from models.settings import Settings

MOST_AT_ONCE: Final = 20

log = structlog.get_logger()


class CopyUpdater:
    """One for each worker, in a thread of its own."""

    def __init__(
        self, settings: Settings, database: Database, preparation: Preparation, chat: ChatApi
    ) -> None:
        self._endpoint = settings.chat_events_url
        self._database = database
        self._preparation = preparation
        self._chat = chat
        self._quota = QuotaShare(settings.chat_project_writes_per_minute)
        self._pace = timedelta(seconds=1 / settings.chat_space_writes_per_second)

    def step(self) -> bool:
        """Draw some cards again, one of each space; False when none could be. Raises DatabaseUnavailable."""
        with self._database.reading_all() as session:
            due = due_copies(session, now(), MOST_AT_ONCE)
        return sum(self._update(copy) for copy in due) > 0

    def _update(self, copy: DueCopy) -> bool:
        at, token = now(), uuid.uuid4().hex
        if copy.due_at < at - DROPPED_AFTER:
            with self._database.writing(copy.tenant_id) as session:
                finish_copy(session, copy)
            return True
        with self._database.writing_all() as session:
            if not self._quota.take(session, 1, at):
                return False
            pair = (copy.tenant_id, copy.lane)
            lanes = lane_store.claim_chosen(session, token, at, at + LEASE, [pair])
        if not lanes:
            return False
        error = self._send(copy, lanes[0], token)
        self._release(copy, lanes[0], token, error)
        return True

    def _send(self, copy: DueCopy, lane: ClaimedLane, token: str) -> Exception | None:
        """Draw and send one card; return what went wrong, None if it arrived or there is nothing to draw."""
        try:
            body = self._body(copy, lane, token)
            if body is not None:
                self._chat.update(copy.message_name, body)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - an update that fails is dropped
            log.info("card_copy.not_updated", tenant_id=copy.tenant_id, error=type(error).__name__)
            return error
        return None

    def _body(self, copy: DueCopy, lane: ClaimedLane, token: str) -> dict[str, Any] | None:
        with self._database.reading(copy.tenant_id) as session:
            head = read_one(session, copy.tenant_id, copy.delivery_id)
        if head is None:
            return None
        message = OutgoingMessage(lane, head, [head], 1, token)
        self._preparation.prepare([message])
        change = message.changes[0] if message.changes else None
        if change is None:
            return None
        message.actions = self._actions(copy, change, head.created_at or copy.due_at)
        return render_message(message).as_chat(self._endpoint)

    def _actions(self, copy: DueCopy, change: Change, since: datetime) -> list[ShownAction]:
        with self._database.reading(copy.tenant_id) as session:
            return actions_on(session, copy.tenant_id, change.entity, change.object_id, since)

    def _release(self, copy: DueCopy, lane: ClaimedLane, token: str, error: Exception | None) -> None:
        at = now()
        released = release_lane(lane, None, token) | {"free_at": at + self._pace, "backoff": 0}
        if isinstance(error, RateLimited):
            wait = wait_when_limited(error.retry_after, lane.backoff)
            released |= {"free_at": at + max(wait, self._pace), "backoff": lane.backoff + 1}
        with self._database.writing_all() as session:
            if isinstance(error, DestinationGone):
                forget_copy(session, copy)
            elif not isinstance(error, RateLimited):
                finish_copy(session, copy)
            lane_store.release(session, [released])
