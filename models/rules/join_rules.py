"""One event and one destination make one message, however many rules want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from models.deliveries.reasons import ON_ANOTHER_CARD
from models.rules.ruleset import ReadyRule
from models.tables.deliveries import DeliveryState

RULE_NAMES_LETTERS: Final = 255  # the column's size
_SOONEST: Final = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.DIGESTED)
_MOST_DETAILED: Final = ("custom", "detailed", "compact")
_WHEN: Final = ("state", "reason", "is_silent", "gathered_for", "next_attempt_at", "finished_at")

Row = dict[str, Any]
Wanted = tuple[ReadyRule, Row]


def join_rules(wanted: Sequence[Wanted]) -> list[Row]:
    """Return the rows of one event's deliveries, with one for each destination that is sent.

    That row names all rules that want the card, has the most detailed look of them, is urgent if any is,
    mentions whom any of them does, and goes as soon as the first of them would. Where it joins no thread
    though one of them threads, that thread gets a line. The others are skipped, with the reason, so that the
    log shows
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
    for flag in ("is_urgent", "mentions_owner"):
        head[flag] = any(row[flag] for row in rows)
    head["mentions"] = "\n".join(dict.fromkeys(row["mentions"] for row in rows if row["mentions"]))
    if any(row["thread_key"] is None for row in rows):
        keys = (row["line_key"] or row["thread_key"] for row in rows)
        head["line_key"] = next(filter(None, keys), None)
        head["thread_key"] = None
    head["rule_name"] = _names([str(row["rule_name"]) for row in rows])
    for row in rows:
        if row is not head:
            row |= {
                "state": DeliveryState.SKIPPED,
                "reason": ON_ANOTHER_CARD,
                "gathered_for": None,
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
