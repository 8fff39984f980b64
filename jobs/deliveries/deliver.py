"""Claims messages, sends them through their channels and stores the results."""

from __future__ import annotations

import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.channels import CHANNELS, ChatClients, SendRequest
from jobs.deliveries import pause_destinations
from jobs.deliveries.claim import claim_messages
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.quota_share import QuotaShare
from jobs.deliveries.render import parse_change, render_message
from jobs.deliveries.results import (
    SendResult,
    attempt_row,
    delivery_update,
    lane_update,
    log_result,
    release_lane,
    unsent_update,
)
from jobs.deliveries.retry import LEASE
from jobs.names.cache import NameCache
from models.clock import now
from models.database.engine import Database, Session
from models.deliveries import lanes as lane_store
from models.deliveries import store as delivery_store
from models.deliveries.claimed import ClaimedDelivery
from models.errors import AppError, BadMessage
from models.events.day_usage import add_usage
from models.rules.ruleset import Rulesets
from models.security.vault import Vault, associated_data
from models.settings import Settings

FRUITLESS_NAP: Final = timedelta(milliseconds=20)  # no quota, or another tenant writes in the same space

log = structlog.get_logger()


class Deliver:
    """Claims, sends and finishes messages; one for each process that drains."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        vault: Vault,
        names: NameCache,
        rulesets: Rulesets,
        clients: ChatClients,
    ) -> None:
        self._settings = settings
        self._database = database
        self._vault = vault
        self._names = names
        self._clients = clients
        self._rulesets = rulesets
        self._quota_share = QuotaShare(settings.chat_project_writes_per_minute)
        self.next_due: datetime | None = None
        self._last_tenant = 0  # served last: the next claim begins behind it
        self._pace = timedelta(seconds=1 / settings.chat_space_writes_per_second)

    def claim(self, limit: int, *, expected: bool = False) -> list[OutgoingMessage]:
        """Claim up to `limit` messages that may be sent now, each with the sole right to write in its space.

        Unless some are `expected`, a read decides whether to take the write lock at all. Afterwards
        `next_due` is when to claim again.
        """
        at = now()
        if not expected and not self._is_due(at):
            return []
        token, granted = uuid.uuid4().hex, 0
        chosen: list[tuple[int, str]] = []
        try:
            with self._database.writing_all() as session:
                granted = self._quota_share.take(session, limit, at)
                chosen = lane_store.choose(session, at, granted, self._last_tenant) if granted else []
                messages = _claim_lanes(session, chosen, token, at)
        except Exception as failed:
            if not chosen:
                raise
            log.warning("claim.failed", lanes=len(chosen), why=str(failed)[:200])
            messages = [each for lane in chosen for each in self._claim_alone(lane, token, at)]
        self._last_tenant = chosen[-1][0] if chosen else self._last_tenant
        self._quota_share.give_back(granted - sum(_costs_quota(each.head) for each in messages))
        if not messages and self._is_due(at):
            self.next_due = at + FRUITLESS_NAP
        self._add_changes_and_names(messages)
        return messages

    def _claim_alone(self, lane: tuple[int, str], token: str, at: datetime) -> list[OutgoingMessage]:
        """Claim the message of one lane. One that fails alone rests, so that it holds up no others.

        Raises DatabaseUnavailable when the rest cannot be written either: then the database has failed.
        """
        try:
            with self._database.writing_all() as session:
                return _claim_lanes(session, [lane], token, at)
        except Exception as failed:
            log.exception("claim.lane_rests", tenant_id=lane[0], lane=lane[1], why=str(failed)[:200])
        with self._database.writing_all() as session:
            lane_store.rest_failed(session, *lane, at)
        return []

    def _is_due(self, at: datetime) -> bool:
        with self._database.reading_all() as session:
            self.next_due = lane_store.next_due(session)
        return self.next_due is not None and self.next_due <= at

    def _add_changes_and_names(self, messages: Sequence[OutgoingMessage]) -> None:
        """Parse the events of claimed messages and look up the names in them, tenant by tenant."""
        by_tenant: dict[int, list[OutgoingMessage]] = defaultdict(list)
        for message in messages:
            message.changes = [parse_change(delivery) for delivery in message.coalesced]
            by_tenant[message.head.tenant_id].append(message)
        rulesets = self._rulesets.read(self._database, by_tenant) if by_tenant else {}
        for tenant_id, group in by_tenant.items():
            changes = [change for message in group for change in message.changes if change is not None]
            names = self._names.for_changes(tenant_id, changes)
            for message in group:
                message.names, message.link_base = names, rulesets[tenant_id].link_base

    def send(self, message: OutgoingMessage) -> SendResult:
        """Render and send one message. Never raises: whatever goes wrong is in the result."""
        started = time.monotonic()
        error, name = None, ""
        try:
            name = self._send_message(message)
        except AppError as refused:
            error = refused
        except Exception as unforeseen:
            log.exception("delivery.unexpected", delivery_id=message.head.id)
            error = AppError(f"{type(unforeseen).__name__}: {unforeseen}"[:300])
        return SendResult(message, error, name, int((time.monotonic() - started) * 1000), now())

    def _send_message(self, message: OutgoingMessage) -> str:
        """Send through the channel, and once more as plain text when the card is refused; return the name."""
        head = message.head
        send = CHANNELS[str(head.kind)]
        request = SendRequest(
            address=self._open_address(head),
            message=render_message(message),
            message_id=message.message_key,
            request_id=head.request_id,
            endpoint=self._settings.chat_events_url,
        )
        try:
            return send(request, self._clients)
        except BadMessage as refused:
            log.warning("delivery.card_refused", delivery_id=head.id, why=str(refused))
            time.sleep(self._pace.total_seconds())
            plain = replace(request, request_id=f"{request.request_id}-plain", plain=True)
            return send(plain, self._clients)

    def _open_address(self, head: ClaimedDelivery) -> str:
        if head.kind != "chat_webhook":
            return head.chat_name or str(head.address)
        data = associated_data(head.tenant_id, "destinations", "address", str(head.uid))
        return self._vault.open(str(head.address), data)

    def finish(self, results: Sequence[SendResult]) -> None:
        """Store results in one transaction; a message whose lease was lost meanwhile is not changed."""
        updates = [delivery_update(result) for result in results]
        lanes = [
            lane_update(result, update, self._pace) for result, update in zip(results, updates, strict=True)
        ]
        with self._database.writing_all() as session:
            delivery_store.finish(session, updates)
            delivery_store.add_attempts(session, [attempt_row(result) for result in results])
            arrived = Counter(each.message.head.tenant_id for each in results if each.error is None)
            add_usage(session, now().date(), {each: {"cards": count} for each, count in arrived.items()})
            paused = pause_destinations.pause_gone(session, results)
            lane_store.release(session, lanes, also_of={each.tenant_id for each in paused})
            pause_destinations.notify_admins_of(session, paused)
        for result, update in zip(results, updates, strict=True):
            log_result(result, update)

    def give_back(self, messages: Sequence[OutgoingMessage]) -> None:
        """Release messages that were claimed and not sent, so that another worker sends them at once."""
        if not messages:
            return
        with self._database.writing_all() as session:
            delivery_store.finish(session, [unsent_update(message) for message in messages])
            lane_store.release(
                session, [release_lane(each.lane, None, each.lease_token) for each in messages]
            )

    def renew(self, tokens: Sequence[str]) -> None:
        """Extend the leases of messages that are still being sent."""
        with self._database.writing_all() as session:
            lane_store.renew(session, tokens, now() + LEASE)


def _claim_lanes(
    session: Session, chosen: list[tuple[int, str]], token: str, at: datetime
) -> list[OutgoingMessage]:
    lanes = lane_store.claim_chosen(session, token, at, at + LEASE, chosen) if chosen else []
    return claim_messages(session, lanes, token, at)


def _costs_quota(head: ClaimedDelivery) -> int:
    return int(head.kind != "chat_webhook")  # incoming webhooks are not counted for the project
