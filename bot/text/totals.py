"""What many events come to in a few words: `3 won, €45,000`, `103 new, €12.5M, imported by Ada`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal, format_decimal, get_currency_symbol

from bot.text.format import LOCALE, clean, is_currency, moment
from models.deliveries.burst import FoldedGroup
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

_COMPACT_FROM: Final = 1_000_000
_MOST_CURRENCIES: Final = 3
_NO_BREAK: Final = "\u00a0"
_LONG: Final = timedelta(hours=1)
# Of deals and of everything else: what happened to so many of them.
_VERBS: Final = {
    "won": "won",
    "lost": "lost",
    "reopened": "reopened",
    "merged": "merged",
    "converted": "converted",
    "done": "done",
    "overdue": "overdue",
    "stalled": "without a change for long",
    "stage_regressed": "moved back",
    "stage_changed": "moved",
    "assigned": "assigned",
    "owner_changed": "with a new owner",
    "value_changed": "with a new value",
    "scored": "scored",
    "updated": "changed",
    "deleted": "deleted",
}
_PLURALS: Final = {"person": "people", "activity": "activities"}


def group_text(group: FoldedGroup, names: Names) -> str:
    """Return what a group comes to; who did it only if it was one person, whose name is known."""
    if group.is_redacted:
        return f"{group.count:,} that not everybody may see"
    parts = [_count_text(group), sums_text(group.sums), _who_text(group, names)]
    return ", ".join(filter(None, parts))


def _count_text(group: FoldedGroup) -> str:
    entity, _, verb = group.kind.partition(".")
    if entity not in ENTITIES:
        return f"{group.count:,} {'event' if group.count == 1 else 'events'}"
    noun = "" if entity == "deal" else _noun(entity, group.count)
    words = ("new", noun) if verb == "created" else (noun, _VERBS.get(verb, "changed"))
    return " ".join(filter(None, (f"{group.count:,}", *words)))


def _noun(entity: str, count: int) -> str:
    return entity if count == 1 else _PLURALS.get(entity, f"{entity}s")


def sums_text(sums: Mapping[str, float]) -> str:
    """Return amounts by currency, the largest first: `€12.5M + $45,000`; never added up across currencies."""
    largest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    shown = [total_text(amount, currency) for currency, amount in largest[:_MOST_CURRENCIES]]
    if len(largest) > _MOST_CURRENCIES:
        shown.append("other currencies")
    return " + ".join(shown)


def total_text(amount: float, currency: str) -> str:
    """Return an amount without decimals, of a million or more in short: `€45,000`, `€12.5M`."""
    value = Decimal(repr(amount)).quantize(Decimal(1))
    is_large = abs(value) >= _COMPACT_FROM
    number = format_compact_decimal(value, locale=LOCALE, fraction_digits=1) if is_large else None
    text = str(number or format_decimal(value, locale=LOCALE)).replace(".0", "")
    if not is_currency(currency):
        return f"{text} {clean(currency)}".strip()
    symbol = get_currency_symbol(currency.upper(), locale=LOCALE)
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{symbol}{_NO_BREAK if symbol.isalpha() else ''}{text}"


def _who_text(group: FoldedGroup, names: Names) -> str:
    (who, *others) = group.who_ids or {None}
    name = clean(names.text("user", who)) if who and not others else ""
    if not name:
        return "in bulk" if group.is_bulk and group.count > 1 else ""
    how = "imported by" if group.is_bulk and group.kind.endswith(".created") else "by"
    return f"{how} {name}"


def span_text(first: datetime, last: datetime, timezone: str) -> str:
    """Return the time from the first to the last event: `In 40 seconds`, of an hour and more its ends."""
    if last - first < _LONG:
        seconds = max(last - first, timedelta(seconds=1))
        return f"In {format_timedelta(seconds, threshold=1.5, locale=LOCALE)}"
    return f"From {moment(first, timezone)} to {moment(last, timezone)}"
