"""Writes in a space beside its deliveries: takes the lane like a delivery, and lets it rest afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from jobs.deliveries.chat_quota.share import QuotaShare
from jobs.deliveries.results import release_lane
from jobs.deliveries.retry import LEASE, SEND_WITHIN_S, lane_rest, wait_when_limited
from jobs.to_servers.deadline import ends_within
from models.chance import new_id
from models.clock import now
from models.database.engine import Database, Session
from models.deliveries import lanes as lane_store
from models.deliveries.lanes import ClaimedLane
from models.errors import DatabaseUnavailable, RateLimited
from models.settings import Settings

log = structlog.get_logger()


class SpaceWriter:
    """One for each loop that writes so."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._quota = QuotaShare(settings.chat_project_writes_per_minute)
        self._pace = timedelta(seconds=1 / settings.chat_space_writes_per_second)

    def write(
        self,
        tenant_id: int,
        lane: str,
        send: Callable[[ClaimedLane, str], None],
        *,
        begin: Callable[[Session], None] = lambda _session: None,
        end: Callable[[Session, Exception | None], None],
    ) -> bool:
        """Write once in a space; False if it may not be written now.

        `begin` runs in the transaction that takes the lane, `send` (with the lane and its lease) outside of
        any, and `end` in the one that releases it, with what went wrong. Raises DatabaseUnavailable.
        """
        at, token = now(), new_id()
        with self._database.writing_all() as session:
            if not self._quota.take(session, 1, at):
                return False
            lanes = lane_store.claim_chosen(session, token, at, at + LEASE, [(tenant_id, lane)])
            if lanes:
                begin(session)
        if not lanes:
            return False
        error = self._try(send, lanes[0], token)
        with self._database.writing_all() as session:
            end(session, error)
            lane_store.release(session, [self._released(lanes[0], token, error)])
        return True

    def _try(
        self, send: Callable[[ClaimedLane, str], None], lane: ClaimedLane, token: str
    ) -> Exception | None:
        try:
            with ends_within(SEND_WITHIN_S):
                send(lane, token)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - what is best effort may fail
            log.info("space.not_written", tenant_id=lane.tenant_id, error=type(error).__name__)
            return error
        return None

    def _released(self, lane: ClaimedLane, token: str, error: Exception | None) -> dict[str, object]:
        at = now()
        limited_until = None
        if isinstance(error, RateLimited):
            limited_until = at + wait_when_limited(error.retry_after, lane.backoff)
        return release_lane(lane, None, token) | lane_rest(lane, limited_until, at, self._pace)
