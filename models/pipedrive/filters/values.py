"""Values of Pipedrive as filters compare them: text folded, numbers and days parsed, ids with names."""

import math
import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from babel.numbers import format_decimal

from models.languages.translate import current_locale, is_english, tr
from models.pipedrive.names import Json
from models.pipedrive.webhook.parsed import moment

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 60
_TOO_LARGE = 10**40


class Unknown:
    """The third truth value: undecidable, and why."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


Verdict = bool | Unknown
EMPTY = Unknown("it is empty")


class Money(NamedTuple):
    """An amount as Pipedrive sends it (a number, in units of its currency) and the currency, if known."""

    amount: int | float
    currency: str | None


class Named(NamedTuple):
    """The object of an id field; `name` is None while unknown."""

    key: str
    name: str | None


class Many(NamedTuple):
    """The elements of a set: folded names, all ids, and the ids without known names."""

    names: frozenset[str]
    keys: frozenset[str]
    nameless: frozenset[str]
    shown: tuple[str, ...]


class Want(NamedTuple):
    """One name or id in an operand; a number may mean an id, text only if no name is known."""

    text: str
    folded: str
    may_be_id: bool


def number(raw: Json) -> int | float | None:
    """A number, also one written as text (`12500.50`); None for anything else, and beyond 10**40."""
    if isinstance(raw, str):
        written = raw.strip()
        if not _NUMBER.fullmatch(written):
            return None
        return int(written) if written.lstrip("+-").isdigit() else float(written)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    # A larger int is no amount or id of anybody, and does not fit into a float.
    is_number = abs(raw) < _TOO_LARGE if isinstance(raw, int) else math.isfinite(raw)
    return raw if is_number else None


def day(raw: Json) -> date | None:
    """A day (`2026-11-20`) as a date, a moment as an aware datetime; None for anything else."""
    if isinstance(raw, datetime):
        return raw.astimezone(UTC) if raw.tzinfo else raw.replace(tzinfo=UTC)
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str):
        return None
    if not _DAY.fullmatch(raw):
        return moment(raw) if _DAY.match(raw) else None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def calendar_day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


def shown(value: Any) -> str:
    """A value in plain words, short and on one line; text from outside is not escaped here."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, int | float):
        return f"{value:,}" if is_english() else format_decimal(value, locale=current_locale())
    return _cut(_name_of(value)) or tr("empty")


def _name_of(value: Any) -> str:
    if isinstance(value, Money):
        return f"{shown(value.amount)} {value.currency or ''}"
    if isinstance(value, Named):
        return f"id {value.key}" if value.name is None else value.name
    if isinstance(value, Many):
        return ", ".join(value.shown)
    return "" if value is None else str(value)


def _cut(text: str) -> str:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:200]).split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"
