"""What became of a delivery, in words: its state, when it goes on, and the reason."""

from __future__ import annotations

from typing import Final

from bot.text.format import ago, plural
from models.clock import now
from models.deliveries.reasons import plain_reason
from models.tables import Delivery
from models.tables.deliveries import DeliveryState

STATE_TEXTS: Final[dict[str, str]] = {
    DeliveryState.PENDING: "On its way",
    DeliveryState.SENDING: "Being sent",
    DeliveryState.HELD: "Held",
    DeliveryState.DIGESTED: "In a digest",
    DeliveryState.DELIVERED: "Sent",
    DeliveryState.SKIPPED: "Not sent",
    DeliveryState.DEAD: "Failed",
}
_LONGEST_REASON: Final = 200
_GOES_ON: Final[dict[str, str]] = {
    DeliveryState.HELD: "leaves",
    DeliveryState.DIGESTED: "the digest leaves",
    DeliveryState.PENDING: "next try",
}


def state_text(delivery: Delivery) -> str:
    """Return the state in words, with the time at which a waiting delivery goes on by itself."""
    text = STATE_TEXTS.get(delivery.state, delivery.state)
    waits = delivery.state != DeliveryState.PENDING or delivery.attempts
    if (goes_on := _GOES_ON.get(delivery.state)) and waits:
        return f"{text}, {goes_on} {ago(delivery.next_attempt_at, now())}"
    return text


def reason_text(delivery: Delivery) -> str:
    """Return why a delivery is where it is, empty if nothing special decided."""
    if delivery.is_test and delivery.reason == "test":
        return ""
    return plain_reason(delivery.reason)[:_LONGEST_REASON]


def outcome_text(delivery: Delivery, where: str, folded: int = 0) -> str:
    """Return what became of a delivery in one line: `Deals: sent 5 minutes ago, in one card with 117 others`.

    `folded` is how many other events the same message tells.
    """
    parts = [_lower(state_text(delivery))]
    if delivery.finished_at is not None:
        parts[0] += f" {ago(delivery.finished_at, now())}"
    if folded:
        parts.append(f"folded into one card with {plural(folded, 'other event')}")
    if delivery.redacted_because:
        parts.append(f"shown without its content: {delivery.redacted_because}")
    if reason := reason_text(delivery):
        parts.append(reason)
    return f"{where}: {', '.join(parts)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
