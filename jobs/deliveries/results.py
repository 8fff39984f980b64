"""What an attempt leads to: the new values of a message's deliveries, of its space, and the attempt's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from jobs.deliveries.render import OutgoingMessage
from jobs.deliveries.retry import retry_after, wait_when_limited
from models.deliveries.lanes import ClaimedLane
from models.errors import AppError, RateLimited
from models.tables.deliveries import AttemptOutcome, DeliveryState

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """One message to send: its lane, its scene, and the lease it is held under."""

    token: str
    lane: ClaimedLane
    message: OutgoingMessage
    count: int

    @property
    def message_key(self) -> str:
        """The id Chat knows the message by, the same at every attempt."""
        head = self.message.head
        return head.message_key or f"client-{head.request_id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a load. `trouble` is None when it arrived."""

    load: ClaimedMessage
    trouble: AppError | None
    message_name: str
    took_ms: int
    at: datetime


def unsent(load: ClaimedMessage) -> dict[str, Any]:
    """Return the values of a message that was claimed and never sent: as they were before."""
    head = load.message.head
    return {
        "b_tenant": head.tenant_id,
        "b_key": load.message_key,
        "b_token": load.token,
        "state": DeliveryState.PENDING,
        "reason": "",
        "attempts": head.attempts,
        "waiting_since": head.waiting_since,
        "next_attempt_at": head.next_attempt_at,
        "finished_at": None,
        "message_name": None,
    }


def delivery_update(result: Result) -> dict[str, Any]:
    """Return the new values of the deliveries that a message folds (see `delivery_store.finish`)."""
    values, attempts = unsent(result.load), result.load.message.head.attempts + 1
    if result.trouble is None:
        words = "" if result.load.count == 1 else "folded into a summary card"
        arrived = {
            "state": DeliveryState.DELIVERED,
            "reason": words,
            "message_name": result.message_name or None,
        }
        return values | arrived | {"attempts": attempts, "finished_at": result.at}
    values["reason"] = str(result.trouble)
    if isinstance(result.trouble, RateLimited):  # that is no attempt: the message waits as told
        wait = wait_when_limited(result.trouble.retry_after, result.load.lane.backoff)
        return values | {"next_attempt_at": result.at + wait}
    values["attempts"] = attempts
    later = None if result.trouble.permanent else retry_after(attempts)
    if later is None:
        return values | {"state": DeliveryState.DEAD, "finished_at": result.at}
    waiting_since = values["waiting_since"] or result.at
    return values | {"waiting_since": waiting_since, "next_attempt_at": result.at + later}


def lane_after(result: Result, ended: dict[str, Any], pace: timedelta) -> dict[str, Any]:
    """Return when the space takes its next write: a pace on, or when a 429 lets it."""
    lane, free_at, backoff = result.load.lane, result.at + pace, 0
    if isinstance(result.trouble, RateLimited):
        free_at, backoff = max(free_at, ended["next_attempt_at"]), lane.backoff + 1
    return lane_row(lane, free_at, free_at, backoff)


def release_lane(lane: ClaimedLane, until: datetime | None) -> dict[str, Any]:
    """Return a lane that was claimed and not written, due again not before a time."""
    return lane_row(lane, None, until, lane.backoff)


def lane_row(
    lane: ClaimedLane, free_at: datetime | None, not_before: datetime | None, backoff: int
) -> dict[str, Any]:
    return {
        "b_tenant": lane.tenant_id,
        "b_lane": lane.lane,
        "free_at": free_at,
        "not_before": not_before,
        "backoff": backoff,
    }


def attempt_row(result: Result) -> dict[str, Any]:
    trouble, head = result.trouble, result.load.message.head
    if trouble is None:
        outcome = AttemptOutcome.DELIVERED
    elif isinstance(trouble, RateLimited):
        outcome = AttemptOutcome.RATE_LIMITED
    else:
        outcome = AttemptOutcome.REFUSED if trouble.permanent else AttemptOutcome.RETRY
    return {
        "tenant_id": head.tenant_id,
        "delivery_id": head.id,
        "outcome": outcome,
        "http_status": getattr(trouble, "http_status", None),
        "detail": str(trouble or "")[:500],
        "took_ms": result.took_ms,
        "created_at": result.at,
    }


def log_result(result: Result, ended: dict[str, Any]) -> None:
    head = result.load.message.head
    say = log.info if result.trouble is None else log.warning
    say(
        f"delivery.{ended['state']}",
        tenant_id=head.tenant_id,
        delivery_id=head.id,
        rule_id=head.rule_id,
        destination_id=head.destination_id,
        folds=result.load.count,
        took_ms=result.took_ms,
        attempts=ended["attempts"],
        reason=ended["reason"] or None,
    )
