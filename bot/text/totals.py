"""What many events come to in a few words: `3 won, €45,000`, `103 new, €12.5M, imported by Ada`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal, format_decimal, get_currency_symbol, get_decimal_symbol

from bot.text.entities import noun_of
from bot.text.format import clean, currency_pattern, is_currency, moment, plural
from models.deliveries.burst import FoldedGroup
from models.languages.translate import current_locale, marked, tr, tr_in, whole
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

_COMPACT_FROM: Final = 1_000_000
_MOST_CURRENCIES: Final = 3
_NO_BREAK: Final = "\u00a0"
_LONG: Final = timedelta(hours=1)
# Of deals and of everything else: what happened to so many of them.
_VERBS: Final = {
    "won": marked("won", "total"),
    "lost": marked("lost", "total"),
    "reopened": marked("reopened", "total"),
    "merged": marked("merged", "total"),
    "converted": marked("archived", "total"),  # some of them may have become deals
    "done": marked("done", "total"),
    "overdue": marked("overdue", "total"),
    "stalled": marked("without a change for long", "total"),
    "stage_regressed": marked("moved back", "total"),
    "stage_changed": marked("moved", "total"),
    "assigned": marked("assigned", "total"),
    "owner_changed": marked("with a new owner", "total"),
    "value_changed": marked("with a new value", "total"),
    "scored": marked("scored", "total"),
    "updated": marked("changed", "total"),
    "deleted": marked("deleted", "total"),
}


def group_text(group: FoldedGroup, names: Names) -> str:
    """Return what a group comes to; who did it only if it was one person, whose name is known."""
    if group.is_redacted:
        return tr("{count} that not everybody may see", count=whole(group.count))
    parts = [_count_text(group), sums_text(group.sums), _who_text(group, names)]
    return ", ".join(filter(None, parts))


def _count_text(group: FoldedGroup) -> str:
    entity, _, verb = group.kind.partition(".")
    if entity not in ENTITIES:
        return plural(group.count, "event")
    count = whole(group.count)
    noun = "" if entity == "deal" else noun_of(entity, group.count)
    if verb == "created":
        return tr("{count} new {noun}", count=count, noun=noun) if noun else tr("{count} new", count=count)
    happened = tr_in("total", _VERBS.get(verb, "changed"))
    return " ".join(filter(None, (count, noun, happened)))


def sums_text(sums: Mapping[str, float]) -> str:
    """Return amounts by currency, the largest first: `€12.5M + $45,000`; never added up across currencies."""
    largest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    shown = [total_text(amount, currency) for currency, amount in largest[:_MOST_CURRENCIES]]
    if len(largest) > _MOST_CURRENCIES:
        shown.append(tr("other currencies"))
    return " + ".join(shown)


def total_text(amount: float, currency: str) -> str:
    """Return an amount without decimals, of a million or more in short: `€45,000`, `€12.5M`."""
    value = Decimal(repr(amount)).quantize(Decimal(1))
    is_large = abs(value) >= _COMPACT_FROM
    locale = current_locale()
    number = format_compact_decimal(value, locale=locale, fraction_digits=1) if is_large else None
    no_decimals = f"{get_decimal_symbol(locale)}0"
    text = str(number or format_decimal(value, locale=locale)).replace(no_decimals, "")
    if not is_currency(currency):
        return f"{text} {clean(currency)}".strip()
    symbol = get_currency_symbol(currency.upper(), locale=locale)
    if not currency_pattern(locale).startswith("\u00a4"):
        return f"{text}{_NO_BREAK}{symbol}"
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{symbol}{_NO_BREAK if symbol.isalpha() else ''}{text}"


def _who_text(group: FoldedGroup, names: Names) -> str:
    (who, *others) = group.who_ids or {None}
    name = clean(names.text("user", who)) if who and not others else ""
    if not name:
        return tr("in bulk") if group.is_bulk and group.count > 1 else ""
    is_import = group.is_bulk and group.kind.endswith(".created")
    return tr("imported by {who}", who=name) if is_import else tr("by {who}", who=name)


def span_text(first: datetime, last: datetime, timezone: str) -> str:
    """Return the time from the first to the last event: `In 40 seconds`, of an hour and more its ends."""
    if last - first < _LONG:
        seconds = max(last - first, timedelta(seconds=1))
        return tr("In {span}", span=format_timedelta(seconds, threshold=1.5, locale=current_locale()))
    return tr("From {first} to {last}", first=moment(first, timezone), last=moment(last, timezone))
