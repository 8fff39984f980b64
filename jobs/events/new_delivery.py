"""The new delivery of one event to one destination: pending, held, muted, digested, redacted or skipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.attention.gathered import digest_key, mute_key
from models.attention.mutes import reason_of
from models.card_actions.copies import DAY_THREAD
from models.chance import new_id
from models.connections.visibility import NOT_PERMITTED
from models.deliveries.reasons import FOR_PEOPLE
from models.destinations.queries import paused_reason
from models.events.claims import ClaimedEvent
from models.pipedrive.change import Change
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from models.tables.deliveries import QUIET, DeliveryState
from models.tables.destinations import RECORD
from models.tables.rules import Thread

WITH_MENTIONS: Final = ("chat_space", "chat_webhook")  # a direct message notifies its person anyway
THREAD_KEY_LETTERS: Final = 120  # the column's size
ALWAYS_AT_THE_END: Final = frozenset({"deal.won", "deal.lost"})  # news that no old thread may hide


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a delivery, and why; `until` is when it goes on, None for at once."""

    state: DeliveryState = DeliveryState.PENDING
    reason: str = ""
    until: datetime | None = None
    gathered_for: str | None = None


NEVER_SENT: Final = (DeliveryState.SKIPPED, DeliveryState.DIGESTED)
NOT_SHOWN: Final = Fate(DeliveryState.SKIPPED, NOT_PERMITTED)


def decide(rule: ReadyRule, target: RulesetDestination, ruleset: Ruleset, at: datetime) -> Fate:
    """Decide what becomes of a delivery: paused or muted first, then urgent, quiet hours, and the digest."""
    if target.paused_because is not None:
        return Fate(DeliveryState.SKIPPED, paused_reason(target.paused_because))
    if mute := ruleset.mute_of(rule, target, at):
        return Fate(DeliveryState.SKIPPED, reason_of(mute.muted_by), gathered_for=mute_key(mute.id))
    if target.kind == RECORD:  # each person whom the record names gets a delivery of their own, soon after
        return Fate(DeliveryState.DIGESTED, FOR_PEOPLE)
    if until := ruleset.held_until(target, urgent=rule.is_urgent, at=at):
        return Fate(DeliveryState.HELD, QUIET, until)
    if not rule.is_urgent and (digest := ruleset.digest_of(target)):
        return Fate(DeliveryState.DIGESTED, digest.reason, gathered_for=digest_key(digest.id))
    return Fate()


def delivery_row(
    event: ClaimedEvent,
    change: Change,
    rule: ReadyRule,
    target: RulesetDestination,
    ruleset: Ruleset,
    at: datetime,
) -> dict[str, Any]:
    """Return the row of a delivery for `delivery_store.create_deliveries`.

    What the person there may not see at all is skipped with a reason, so that the log can explain it.
    """
    named = (*reversed(change.types), *reversed(change.lead_types))
    matched = next((each for each in named if each in rule.on), change.types[-1])
    visibility = ruleset.visibility(change, rule, target)
    is_news = rule.is_urgent or bool(ALWAYS_AT_THE_END.intersection(change.types))
    key = thread_key(rule, change, ruleset.timezone, at)
    decided = NOT_SHOWN if visibility.suppressed else decide(rule, target, ruleset, at)
    return {
        "tenant_id": event.tenant_id,
        "event_id": event.id,
        "rule_id": rule.id,
        "destination_id": target.id,
        "rule_name": rule.name,
        "destination_name": target.name,
        "event_type": matched,
        "lane": target.lane,
        "is_urgent": rule.is_urgent,
        "mentions_owner": rule.mentions_owner and target.kind in WITH_MENTIONS,
        "mentions": rule.mentions if target.kind in WITH_MENTIONS else "",
        "request_id": new_id(),
        "withheld": visibility.redacted_because,
        "thread_key": None if is_news else key,
        "line_key": key if is_news else None,
        "is_silent": decided.state is DeliveryState.HELD and not rule.is_urgent,
        "state": decided.state,
        "reason": decided.reason,
        "gathered_for": decided.gathered_for,
        "next_attempt_at": decided.until or at,
        "created_at": at,
        "finished_at": at if decided.state in NEVER_SENT else None,
    }


# The columns of such a row in their order, for an insert that is written ahead.
COLUMNS: Final = (
    *("tenant_id", "event_id", "rule_id", "destination_id", "rule_name", "destination_name", "event_type"),
    *("lane", "is_urgent", "mentions_owner", "mentions", "request_id", "withheld", "thread_key", "line_key"),
    *("is_silent", "state", "reason", "gathered_for", "next_attempt_at", "created_at", "finished_at"),
)


def thread_key(rule: ReadyRule, change: Change, timezone: str, at: datetime) -> str | None:
    """Return the key of the thread of a rule's cards about a change, None for a rule that does not thread."""
    if rule.thread == Thread.NONE:
        return None
    if rule.thread == Thread.DAY:
        return f"{DAY_THREAD}{at.astimezone(ZoneInfo(timezone)).date()}"
    return f"{change.entity}-{change.object_id}"[:THREAD_KEY_LETTERS]
