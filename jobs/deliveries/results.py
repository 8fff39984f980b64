"""What a send leads to: the new values of the message's deliveries and of its lane, and the attempt's row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.retry import lane_rest, retry_after, wait_when_limited
from models.card_actions.nudged import NUDGES
from models.card_actions.records import ABOUT
from models.clock import now
from models.deliveries.lanes import ClaimedLane
from models.deliveries.reasons import NEWER_SHOWN
from models.errors import AppError, BadMessage, OutsideStaging, RateLimited
from models.operating.measurements import ATTEMPTS, DELIVERY_SECONDS, MEASUREMENTS, SENT
from models.pipedrive.name_refs import id_key
from models.tables.deliveries import AttemptOutcome, DeliveryState, ResentAs
from models.tables.destinations import CHAT_KINDS, SYNTHETIC

ACTED_ON: Final = (*ABOUT, "activity")  # what people act on from Chat
PUT_OFF: Final = timedelta(seconds=1)  # what is due so much later than it was made was held, or sent again
DRAWN_AGAIN: Final = ("chat_space", "chat_dm")  # an incoming webhook's messages cannot be changed
WITH_THREADS: Final = ("chat_space", "chat_webhook")

log = structlog.get_logger()


class LastCardGone(AppError):
    """Raised when the card that a message was to change is gone."""

    http_status = 404


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of one send. `error` is None when the message arrived; `took_ms` is how long it took."""

    message: OutgoingMessage
    error: AppError | None
    message_name: str
    took_ms: int
    at: datetime

    @property
    def was_sent(self) -> bool:
        """Whether it was tried: what an installation for testing may not send is no attempt, and ends."""
        return not isinstance(self.error, OutsideStaging)


def unsent_update(message: OutgoingMessage) -> dict[str, Any]:
    """Return the values of a message that was claimed and never sent: as they were before the claim.

    One that is outdated ends here.
    """
    head = message.head
    values = {
        "tenant_id": head.tenant_id,
        "message_key": message.message_key,
        "lease_token": message.lease_token,
        "state": DeliveryState.PENDING,
        "reason": "",
        "attempts": head.attempts,
        "waiting_since": head.waiting_since,
        "next_attempt_at": head.next_attempt_at,
        "finished_at": None,
        "message_name": None,
        "resent_as": head.resent_as,
    }
    if message.is_outdated:
        values |= {"state": DeliveryState.SKIPPED, "reason": NEWER_SHOWN, "finished_at": now()}
    return values


def delivery_update(result: SendResult) -> dict[str, Any]:
    """Return the new values of all deliveries that a message coalesces (see `delivery_store.finish`)."""
    values, attempts = unsent_update(result.message), result.message.head.attempts + 1
    if result.error is None:
        arrived = {
            "state": DeliveryState.DELIVERED,
            "reason": "" if result.message.count == 1 else "folded into a summary card",
            "message_name": result.message_name or None,
        }
        return values | arrived | {"attempts": attempts, "finished_at": result.at}
    values["reason"] = str(result.error)
    if not result.was_sent:
        return values | {"state": DeliveryState.SKIPPED, "finished_at": result.at}
    if isinstance(result.error, RateLimited):  # a 429 is no attempt: the message waits for its lane
        wait = wait_when_limited(result.error.retry_after, result.message.lane.backoff)
        return values | {"next_attempt_at": result.at + wait}
    if resent_as := _resent_as(result):  # no attempt either: it waits for its lane and the quota as any other
        return values | {"resent_as": resent_as}
    values["attempts"] = attempts
    later = None if result.error.permanent else retry_after(attempts)
    if later is None:
        return values | {"state": DeliveryState.DEAD, "finished_at": result.at}
    waiting_since = values["waiting_since"] or result.at
    return values | {"waiting_since": waiting_since, "next_attempt_at": result.at + later}


def _resent_as(result: SendResult) -> str:
    """Return how a message goes that cannot be sent as it is; empty where it can, or cannot at all.

    Chat has shown nothing of it: a refused message does not exist, so the next write may have its id.
    """
    if isinstance(result.error, LastCardGone):
        return ResentAs.NEW
    head = result.message.head
    has_plain = head.kind in CHAT_KINDS and head.resent_as != ResentAs.PLAIN
    return ResentAs.PLAIN if isinstance(result.error, BadMessage) and has_plain else ""


def is_lost(result: SendResult, stored: Collection[int]) -> bool:
    """Return whether a message arrived whose lease was lost; `stored` are the deliveries with a result."""
    return result.error is None and result.message.head.id not in stored


def lane_update(result: SendResult, update: dict[str, Any], pace: timedelta) -> dict[str, Any]:
    """Release a lane that was written: it rests for `pace`, or until a 429 lets it write again.

    `update` is what `delivery_update` made of the same result.
    """
    lane = result.message.lane
    limited_until = update["next_attempt_at"] if isinstance(result.error, RateLimited) else None
    rest = lane_rest(lane, limited_until, result.at, pace)
    released = release_lane(lane, rest["free_at"], result.message.lease_token) | rest
    if result.error is None and result.message.count > 1:
        released["folded_at"] = result.at
    # A message to a new address proves nothing about the space of the old one.
    is_accepted = result.error is None and result.message.head.destination_lane == lane.lane
    return released | {"is_accepted": is_accepted}


def release_lane(
    lane: ClaimedLane, not_before: datetime | None, token: str, free_at: datetime | None = None
) -> dict[str, Any]:
    """Return the row that releases a lane which was claimed and not written (see `lanes.release`).

    Nobody claims it before `free_at`.
    """
    return {
        "tenant_id": lane.tenant_id,
        "lane": lane.lane,
        "lease_token": token,
        "free_at": free_at,
        "not_before": not_before,
        "backoff": lane.backoff,
        "contention": lane.contention,
        "folded_at": lane.folded_at,
        "is_accepted": False,
    }


def _outcome(error: AppError | None) -> AttemptOutcome:
    if error is None:
        return AttemptOutcome.DELIVERED
    if isinstance(error, RateLimited):
        return AttemptOutcome.RATE_LIMITED
    return AttemptOutcome.REFUSED if error.permanent else AttemptOutcome.RETRY


def _http_status(result: SendResult) -> int | None:
    """Return what was answered. Chat accepts a message with 200 only; a mail server has no such status."""
    if result.error is not None:
        return getattr(result.error, "http_status", None)
    return 200 if result.message.head.kind in CHAT_KINDS else None


def attempt_row(result: SendResult) -> dict[str, Any]:
    error, head = result.error, result.message.head
    return {
        "tenant_id": head.tenant_id,
        "delivery_id": head.id,
        "outcome": _outcome(error),
        "http_status": _http_status(result),
        "detail": str(error or "")[:500],
        "took_ms": result.took_ms,
        "created_at": result.at,
    }


def copy_row(result: SendResult) -> dict[str, Any] | None:
    """Return the row by which the card of a record, an activity or nudges is found again; else None."""
    message, head = result.message, result.message.head
    change = message.changes[0] if message.changes else None
    shows_object = message.count == 1 and change is not None and not (head.is_test or head.redacted_because)
    if result.error is not None or not result.message_name or head.kind not in DRAWN_AGAIN:
        return None
    if message.nudges is not None:
        entity, object_id = NUDGES, str(message.nudges.id)
    elif change is not None and shows_object and change.entity in ACTED_ON and id_key(change.object_id):
        entity, object_id = change.entity, change.object_id
    else:
        return None
    return {
        "tenant_id": head.tenant_id,
        "delivery_id": head.id,
        "lane": head.lane,
        "message_name": result.message_name,
        "entity": entity,
        "object_id": object_id,
        "created_at": result.at,
        "shows_since": head.created_at or result.at,
    }


def owes_line(result: SendResult) -> bool:
    """Whether the thread of its object is to get a line about a message; not about restricted objects."""
    head = result.message.head
    is_shown = result.message.count == 1 and not (head.is_test or head.redacted_because)
    return result.error is None and is_shown and bool(head.line_key) and head.kind in WITH_THREADS


def is_counted(result: SendResult) -> bool:
    """Return whether a card arrived that the tenant's month counts: not a test card, notice or digest."""
    head = result.message.head
    return result.error is None and head.event_id is not None and not head.is_test


def measure_result(result: SendResult) -> None:
    """Count an attempt by its result, and of a card that arrived the seconds since its webhook's 2xx.

    Of one message that shows several cards each is counted as sent by its channel. A card that quiet hours
    held or that was sent again counts from when it was due. A synthetic event counts for nothing: it is no
    card.
    """
    head = result.message.head
    if head.kind == SYNTHETIC:
        return
    MEASUREMENTS.count(ATTEMPTS, _outcome(result.error))
    if is_counted(result):
        MEASUREMENTS.count(SENT, head.kind or "", result.message.count)
    if result.error is not None or head.received_at is None or head.is_test:
        return
    is_retried = head.attempts > 0 or result.message.lane.backoff > 0
    made_at = head.created_at or head.received_at
    was_put_off = not is_retried and head.next_attempt_at - made_at > PUT_OFF
    since = head.next_attempt_at if was_put_off else head.received_at
    MEASUREMENTS.observe(DELIVERY_SECONDS, max((result.at - since).total_seconds(), 0.0))


def log_fields(message: OutgoingMessage, status: str, error: Exception | None = None) -> dict[str, Any]:
    """Return what each log line about a message has: whose, of what, to where, and how it goes."""
    head = message.head
    return {
        "tenant_id": head.tenant_id,
        "user_id": head.person_id,
        "notification_type": head.event_type,
        "channels": [head.kind],
        "status": status,
        "errors": [] if error is None else [type(error).__name__],
        "delivery_id": head.id,
    }


def log_result(result: SendResult, update: dict[str, Any]) -> None:
    """Log an attempt.

    One that arrived is counted, and logged only where LOG_LEVEL asks for it; after failures everybody may
    read that it arrived.
    """
    head = result.message.head
    arrived = log.debug if head.attempts == 0 else log.info
    write = arrived if result.error is None else log.warning
    write(
        f"delivery.{update['state']}",
        **log_fields(result.message, update["state"], result.error),
        rule_id=head.rule_id,
        destination_id=head.destination_id,
        coalesced=result.message.count,
        took_ms=result.took_ms,
        attempts=update["attempts"],
        reason=update["reason"] or None,
    )
