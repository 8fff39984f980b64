"""What became of a delivery, in words: its state, when it goes on, and the reason."""

from __future__ import annotations

from typing import Final

from bot.text.format import ago
from models.clock import now
from models.deliveries.reasons import plain_reason
from models.languages.translate import marked, tr, tr_plural, tr_stored
from models.tables import Delivery
from models.tables.deliveries import DeliveryState

STATE_TEXTS: Final[dict[str, str]] = {
    DeliveryState.PENDING: marked("On its way"),
    DeliveryState.SENDING: marked("Being sent"),
    DeliveryState.HELD: marked("Held"),
    DeliveryState.DIGESTED: marked("In a digest"),
    DeliveryState.DELIVERED: marked("Sent"),
    DeliveryState.SKIPPED: marked("Not sent"),
    DeliveryState.DEAD: marked("Failed"),
}
_LONGEST_REASON: Final = 200
_GOES_ON: Final[dict[str, str]] = {
    DeliveryState.HELD: marked("leaves"),
    DeliveryState.PENDING: marked("next try"),
}


def state_text(delivery: Delivery) -> str:
    """Return the state in words, with the time at which a waiting delivery goes on by itself."""
    text = tr(STATE_TEXTS.get(delivery.state, delivery.state))
    waits = delivery.state != DeliveryState.PENDING or delivery.attempts
    if (goes_on := _GOES_ON.get(delivery.state)) and waits and not delivery.is_over_quota:
        return f"{text}, {tr(goes_on)} {ago(delivery.next_attempt_at, now())}"
    return text


def reason_text(delivery: Delivery) -> str:
    """Return why a delivery is where it is, empty if nothing special decided."""
    if delivery.is_test and delivery.reason == "test":
        return ""
    instead = tr("instead of {place}", place=delivery.instead_of) if delivery.instead_of else ""
    why = tr_stored(plain_reason(delivery.reason))
    return ", ".join(filter(None, (instead, why)))[:_LONGEST_REASON]


def outcome_text(delivery: Delivery, where: str, folded: int = 0, held: str = "") -> str:
    """Return what became of a delivery in one line: `Deals: sent 5 minutes ago, in one card with 117 others`.

    `folded` is how many other events the same message tells, `held` whose quiet hours hold it.
    """
    parts = [_lower(state_text(delivery))]
    if delivery.finished_at is not None:
        parts[0] += f" {ago(delivery.finished_at, now())}"
    if folded:
        parts.append(
            tr_plural(
                "folded into one card with {count} other event",
                "folded into one card with {count} other events",
                folded,
            )
        )
    if delivery.redacted_because:
        parts.append(tr("shown without its content: {why}", why=tr_stored(delivery.redacted_because)))
    if reason := held or reason_text(delivery):
        parts.append(reason)
    return f"{where}: {', '.join(parts)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
