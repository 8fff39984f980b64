"""The new delivery of one event to one destination: pending, held by quiet hours, redacted or skipped."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.connections.visibility import NOT_PERMITTED
from models.events.claims import ClaimedEvent
from models.pipedrive.change import Change
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from models.tables.deliveries import QUIET, DeliveryState
from models.tables.rules import Thread

THREAD_KEY_LETTERS: Final = 120  # the column's size
ALWAYS_AT_THE_END: Final = frozenset({"deal.won", "deal.lost"})  # news that no old thread may hide


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
    matched = next((each for each in reversed(change.types) if each in rule.on), change.types[-1])
    until = ruleset.held_until(target, urgent=rule.is_urgent, at=at)
    state, reason = (DeliveryState.HELD, QUIET) if until else (DeliveryState.PENDING, "")
    visibility = ruleset.visibility(change, rule, target)
    if visibility.suppressed:
        until, state, reason = None, DeliveryState.SKIPPED, NOT_PERMITTED
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
        "request_id": uuid.uuid4().hex,
        "withheld": visibility.redacted_because,
        "thread_key": thread_key(rule, change, ruleset.timezone, at),
        "state": state,
        "reason": reason,
        "next_attempt_at": until or at,
        "created_at": at,
        "finished_at": at if visibility.suppressed else None,
    }


def thread_key(rule: ReadyRule, change: Change, timezone: str, at: datetime) -> str | None:
    """Return the key of the thread that a rule's card joins, None for a message at the end of the space."""
    is_news = rule.is_urgent or ALWAYS_AT_THE_END.intersection(change.types)
    if is_news or rule.thread == Thread.NONE:
        return None
    if rule.thread == Thread.DAY:
        return f"day-{at.astimezone(ZoneInfo(timezone)).date()}"
    return f"{change.entity}-{change.object_id}"[:THREAD_KEY_LETTERS]
