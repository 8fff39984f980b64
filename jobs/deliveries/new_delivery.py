"""The new delivery of one event to one destination: pending, held by quiet hours, redacted or skipped."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.connections.visibility import NOT_PERMITTED
from models.deliveries.reasons import ON_ANOTHER_CARD
from models.events.claims import ClaimedEvent
from models.pipedrive.change import Change
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from models.tables.deliveries import QUIET, DeliveryState
from models.tables.rules import Thread

THREAD_KEY_LETTERS: Final = 120  # the column's size
ALWAYS_AT_THE_END: Final = frozenset({"deal.won", "deal.lost"})  # news that no old thread may hide
RULE_NAMES_LETTERS: Final = 255  # the column's size
_SOONEST: Final = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.DIGESTED)
_MOST_DETAILED: Final = ("custom", "detailed", "compact")
_WHEN: Final = ("state", "reason", "next_attempt_at")

Row = dict[str, Any]
Wanted = tuple[ReadyRule, Row]


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


def join_rules(wanted: Sequence[Wanted]) -> list[Row]:
    """Return the rows of one event's deliveries, with one for each destination that is sent.

    That row names all rules that want the card, has the most detailed look of them, is urgent if any is, and
    goes as soon as the first of them would. The others are skipped, with the reason, so that the log shows
    every rule. `wanted` is in the order of the rules.
    """
    by_destination: dict[int, list[Wanted]] = defaultdict(list)
    for rule, row in wanted:
        if row["state"] in _SOONEST:
            by_destination[row["destination_id"]].append((rule, row))
    for several in by_destination.values():
        if len(several) > 1:
            _join(several)
    return [row for _, row in wanted]


def _join(several: Sequence[Wanted]) -> None:
    _, head = min(several, key=_rank)
    rows = [row for _, row in several]
    first = min(rows, key=lambda row: _SOONEST.index(row["state"]))
    head |= {key: first[key] for key in _WHEN}
    head["is_urgent"] = any(row["is_urgent"] for row in rows)
    if any(row["thread_key"] is None for row in rows):
        head["thread_key"] = None
    head["rule_name"] = _names([str(row["rule_name"]) for row in rows])
    for row in rows:
        if row is not head:
            row |= {
                "state": DeliveryState.SKIPPED,
                "reason": ON_ANOTHER_CARD,
                "finished_at": row["created_at"],
            }


def _rank(one: Wanted) -> tuple[bool, int]:
    """Rank what shows more before what shows less; a card that a rule opened shows what others withhold."""
    rule, row = one
    look = rule.look if rule.look in _MOST_DETAILED else "compact"
    return bool(row["withheld"]), _MOST_DETAILED.index(look)


def _names(names: Sequence[str]) -> str:
    """Return as many names as fit, and count the others."""
    for count in range(len(names), 0, -1):
        left = len(names) - count
        words = ", ".join(names[:count]) + (f" and {left} more" if left else "")
        if len(words) <= RULE_NAMES_LETTERS:
            return words
    return names[0]
