"""Brings claimed deliveries to their channels and records what came of it."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from jobs.channels import CHANNELS, ChatClients, SendRequest, Sent
from jobs.deliveries import pause_destinations
from jobs.deliveries.quota_share import QuotaShare
from jobs.deliveries.render import OutgoingMessage, change_of, draw
from jobs.deliveries.results import (
    ClaimedMessage,
    Result,
    attempt_row,
    delivery_update,
    lane_after,
    log_result,
    release_lane,
    unsent,
)
from jobs.deliveries.retry import LEASE, MOST_LEASE_LOSSES, MOST_WAIT_BEHIND
from jobs.names.cache import NameCache
from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes as lane_rows
from models.deliveries import store as delivery_store
from models.deliveries.claimed import ClaimedDelivery, read_coalesced, read_heads
from models.deliveries.lanes import ClaimedLane
from models.deliveries.store import COALESCE_ABOVE
from models.errors import AppError, BadMessage
from models.rules.ruleset import Rulesets
from models.security.vault import Vault, associated_data
from models.settings import Settings
from models.tables.deliveries import DeliveryState
from models.tables.destinations import PAUSED_BY

FIRST_LINES: Final = 20
FRUITLESS_NAP: Final = timedelta(milliseconds=20)  # no quota, or another tenant writes in the same space

log = structlog.get_logger()


@dataclass(slots=True)
class _Held:
    """A head that was taken: what is drawn of it, and how much its message folds."""

    lane: ClaimedLane
    head: ClaimedDelivery
    coalesced: Sequence[ClaimedDelivery]
    count: int
    is_taken: bool


class Deliver:
    """Claims, sends and finishes; one for each process that drains."""

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
        self._served = 0  # the tenant that had its turn last
        self._pace = timedelta(seconds=1 / settings.chat_space_writes_per_second)

    def claim(self, limit: int, *, expected: bool = False) -> list[ClaimedMessage]:
        """Take up to `limit` messages that may leave now, each with the sole right to its space.

        When none is `expected`, a look comes before the lock. Afterwards `next_due` says when to come again.
        """
        at = now()
        if not expected and not self._is_due(at):
            return []
        token, held = uuid.uuid4().hex, []
        with self._database.writing_all() as session:
            granted = self._quota_share.take(session, limit, at)
            lanes = lane_rows.claim(session, token, at, at + LEASE, granted, self._served) if granted else []
            held = self._take(session, lanes, token, at)
        self._served = lanes[-1].tenant_id if lanes else self._served
        self._quota_share.keep(granted - sum(_costs_quota(each.head) for each in held))
        if not held and self._is_due(at):
            self.next_due = at + FRUITLESS_NAP
        return self._prepare(token, held)

    def _is_due(self, at: datetime) -> bool:
        with self._database.reading_all() as session:
            self.next_due = lane_rows.next_due(session)
        return self.next_due is not None and self.next_due <= at

    def _take(self, session: Any, lanes: list[ClaimedLane], token: str, at: datetime) -> list[_Held]:
        by_id = {lane.head_id: lane for lane in lanes if lane.head_id is not None}
        idle = [release_lane(lane, None) for lane in lanes if lane.head_id is None]
        held: list[_Held] = []
        for head in read_heads(session, list(by_id)) if by_id else ():
            lane = by_id[head.id]
            if never := _why_never(head):
                delivery_store.give_up(session, head, *never, at)
                idle.append(release_lane(lane, None))
            elif head.next_attempt_at > at:
                idle.append(release_lane(lane, _passes_at(head)))
            else:
                held.append(self._coalesce(session, lane, head, token, at))
        delivery_store.take(session, [each.head for each in held if not each.is_taken], token, at + LEASE)
        lane_rows.release(session, [row | {"b_token": token} for row in idle])
        return held

    def _coalesce(
        self, session: Any, lane: ClaimedLane, head: ClaimedDelivery, token: str, at: datetime
    ) -> _Held:
        """Decide what one message tells: this event alone, or everything due in a burst."""
        tenant, key = head.tenant_id, head.message_key or f"client-{head.request_id}"
        if head.message_key is not None:  # tried before: what it folds never changes
            delivery_store.take(session, [head], token, at + LEASE)
            count = delivery_store.count_coalesced(session, tenant, key)
        elif lane.due > COALESCE_ABOVE and not head.is_urgent and not head.is_test:
            count = delivery_store.coalesce(session, head, token, at, at + LEASE)
        else:
            return _Held(lane, head, [head], 1, is_taken=False)
        if count <= 1:
            return _Held(lane, head, [head], 1, is_taken=True)
        first = read_coalesced(session, tenant, key, FIRST_LINES)
        return _Held(lane, head, first, count, is_taken=True)

    def _prepare(self, token: str, held: list[_Held]) -> list[ClaimedMessage]:
        """Read the changes and names of what was taken, tenant by tenant."""
        if not held:
            return []
        by_tenant: dict[int, list[_Held]] = defaultdict(list)
        for each in held:
            by_tenant[each.head.tenant_id].append(each)
        rulesets = self._rulesets.read(self._database, by_tenant)
        loads = []
        for tenant_id, group in by_tenant.items():
            changes = [[change_of(delivery) for delivery in each.coalesced] for each in group]
            names = self._names.for_changes(
                tenant_id, [change for told in changes for change in told if change is not None]
            )
            for each, told in zip(group, changes, strict=True):
                more = each.count - len(each.coalesced)
                link_base = rulesets[tenant_id].link_base
                message = OutgoingMessage(each.head, each.coalesced, more, told, names, link_base)
                loads.append(ClaimedMessage(token, each.lane, message, each.count))
        return loads

    def send(self, load: ClaimedMessage) -> Result:
        """Draw and send one message; whatever happens becomes its result."""
        started = time.monotonic()
        trouble, name = None, ""
        try:
            name = self._bring(load).name
        except AppError as refused:
            trouble = refused
        except Exception as unforeseen:
            log.exception("delivery.unforeseen", delivery_id=load.message.head.id)
            trouble = AppError(f"{type(unforeseen).__name__}: {unforeseen}"[:300])
        return Result(load, trouble, name, int((time.monotonic() - started) * 1000), now())

    def _bring(self, load: ClaimedMessage) -> Sent:
        head = load.message.head
        send = CHANNELS[str(head.kind)]
        request = SendRequest(
            address=self._address(head),
            message=draw(load.message),
            message_id=load.message_key,
            request_id=head.request_id,
            endpoint=self._settings.chat_events_url,
        )
        try:
            return send(request, self._clients)
        except BadMessage as refused:
            log.warning("delivery.card_refused", delivery_id=head.id, why=str(refused))
            time.sleep(self._pace.total_seconds())
            plain = SendRequest(
                request.address,
                request.message,
                request.message_id,
                f"{request.request_id}-plain",
                request.endpoint,
                plain=True,
            )
            return send(plain, self._clients)

    def _address(self, head: ClaimedDelivery) -> str:
        if head.kind != "chat_webhook":
            return head.chat_name or str(head.address)
        where = associated_data(head.tenant_id, "destinations", "address", str(head.uid))
        return self._vault.open(str(head.address), where)

    def finish(self, results: Sequence[Result]) -> None:
        """Record results in one transaction; whoever lost its lease meanwhile changes nothing."""
        updates = [delivery_update(result) for result in results]
        lanes = [
            lane_after(result, ended, self._pace) | {"b_token": result.load.token}
            for result, ended in zip(results, updates, strict=True)
        ]
        with self._database.writing_all() as session:
            delivery_store.finish(session, updates)
            delivery_store.note_attempts(session, [attempt_row(result) for result in results])
            closed = pause_destinations.pause(session, results)
            lane_rows.release(session, lanes, also_of={each.tenant_id for each in closed})
            pause_destinations.notify_admins_of(session, closed)
        for result, ended in zip(results, updates, strict=True):
            log_result(result, ended)

    def give_back(self, loads: Sequence[ClaimedMessage]) -> None:
        """Give messages back that were claimed and not sent, so that another worker sends them at once."""
        if not loads:
            return
        with self._database.writing_all() as session:
            delivery_store.finish(session, [unsent(load) for load in loads])
            lane_rows.release(
                session, [release_lane(load.lane, None) | {"b_token": load.token} for load in loads]
            )

    def renew(self, tokens: Sequence[str]) -> None:
        """Hold what is being sent for another lease."""
        with self._database.writing_all() as session:
            lane_rows.renew(session, tokens, now() + LEASE)


def _why_never(head: ClaimedDelivery) -> tuple[str, str] | None:
    """Say how a delivery ends that cannot be sent at all, and why; None when it can.

    A destination that refused us leaves dead letters, to be sent again; one that a person paused is skipped.
    """
    deaths = head.lease_losses + (
        head.state == DeliveryState.SENDING
    )  # whoever was sending it let its lease run out
    if deaths >= MOST_LEASE_LOSSES:
        return DeliveryState.DEAD, "the worker died over it three times"
    if head.kind is None:
        return DeliveryState.SKIPPED, "the destination was removed"
    if not head.is_active and not _must_hear(head):
        because = head.paused_because or PAUSED_BY
        return DeliveryState.SKIPPED if _is_paused_by_a_person(
            head
        ) else DeliveryState.DEAD, f"the destination is paused: {because}"
    return None if head.kind in CHANNELS else (DeliveryState.DEAD, f"no channel for {head.kind}")


def _must_hear(head: ClaimedDelivery) -> bool:
    """Tell whether a notice to an admin passes the pause that the admin asked for: it needs them."""
    return head.notice is not None and head.kind == "chat_dm" and _is_paused_by_a_person(head)


def _is_paused_by_a_person(head: ClaimedDelivery) -> bool:
    return (head.paused_because or PAUSED_BY).startswith(PAUSED_BY)


def _costs_quota(head: ClaimedDelivery) -> int:
    return int(head.kind != "chat_webhook")  # incoming webhooks are not counted for the project


def _passes_at(head: ClaimedDelivery) -> datetime:
    """Return until when a waiting delivery holds up the later ones of its space."""
    if head.waiting_since is None:
        return head.next_attempt_at
    return min(head.next_attempt_at, head.waiting_since + MOST_WAIT_BEHIND)
