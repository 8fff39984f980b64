"""The rows of conditions in the form of a rule, and the filter tree that they stand for.

Each row is one condition. A row joined by "or" is an alternative to the row above it; all others must hold.
What rows cannot show (a group within an alternative, `not` of a group) is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.rules.amounts import typed_number
from bot.rules.dialog.vocabulary import ME, Vocabulary
from bot.rules.typed_values import parse_typed, split_values
from bot.text.event_types import NO_VALUE, SEVERAL_VALUES
from models.pipedrive.entity import Kind
from models.pipedrive.filters.resolve import readers
from models.pipedrive.names import Names
from models.pipedrive.readable import fold_text
from models.pipedrive.types import entities_of
from models.rules.known_values import choices_of

MOST_ROWS: Final = 8
LONGEST_FIELD: Final = 100  # letters; conditions on fields of longer names are shown in words
FIRST_OPERATOR: Final = "is"
RANGE: Final = "between"
ORDERED: Final = (
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    RANGE,
    "increased_by",
    "decreased_by",
    "crossed",
)
# These get no value key if it is empty: the error is then clearer than "must not be empty".
_NEEDS_SOME: Final = ("in", "not_in", RANGE)
_NAMED: Final = (Kind.CHOICE, Kind.PERSON, Kind.SET, Kind.ANY)


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as filled in; without field and value it is ignored.

    `picked` are several values chosen from a list; one alone, or anything typed, is `value`. `currency` is
    that of an amount without one. `is_or`: an alternative to the row above; `is_not`: it must not hold.
    """

    field: str = ""
    op: str = FIRST_OPERATOR
    value: str = ""
    picked: tuple[str, ...] = ()
    currency: str = ""
    is_or: bool = False
    is_not: bool = False

    @property
    def is_filled(self) -> bool:
        return bool(self.field or self.value or self.picked)

    @property
    def has_value(self) -> bool:
        return bool(self.value.strip() or self.picked)


@dataclass(frozen=True, slots=True)
class Conditions:
    """A filter as the form shows it: `rows`, and parts of it that rows cannot show."""

    rows: tuple[Row, ...] = ()
    groups: tuple[Any, ...] = ()


def tree_of(
    rows: Iterable[Row], groups: Iterable[Any], on: Sequence[str], words: Vocabulary
) -> dict[str, Any] | None:
    """Return the filter of the rows and kept groups: None if empty, else all of them must hold."""
    parts: list[list[Any]] = []
    for row in rows:
        if not row.is_filled:
            continue
        if row.is_or and parts:
            parts[-1].append(condition_of(row, on, words))
        else:
            parts.append([condition_of(row, on, words)])
    nodes = [part[0] if len(part) == 1 else {"any": part} for part in parts]
    nodes += groups
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return {"all": nodes}


def condition_of(row: Row, on: Sequence[str], words: Vocabulary) -> dict[str, Any]:
    """Return the condition of one row, under `not` if it must not hold."""
    leaf: dict[str, Any] = {"field": row.field, "op": row.op}
    if row.has_value or row.op not in (*NO_VALUE, *_NEEDS_SOME):
        leaf["value"] = _value_of(row, on, words)
    return {"not": leaf} if row.is_not else leaf


def kind_of(field: str, op: str, on: Sequence[str], names: Names) -> Kind:
    """Return the kind of a field; ANY for a custom field of unknown kind, and for no field at all.

    What is compared with more or less in a field of unknown kind is read as an amount.
    """
    try:
        found = next(iter(readers(field, entities_of(list(on)), names).values()))
    except ValueError:
        kind = Kind.ANY
    else:
        kind = found.hint if found.kind is Kind.ANY else found.kind
    return Kind.MONEY if kind is Kind.ANY and op in ORDERED else kind


def typed_parts(row: Row, kind: Kind, on: Sequence[str], words: Vocabulary) -> list[str]:
    """Return the values of a row, as typed: several where its operator takes several."""
    if row.picked:
        return list(row.picked)
    if row.op not in (*SEVERAL_VALUES, RANGE):
        return [row.value]
    if kind in _NAMED:  # a name may hold a comma
        known = choices_of(row.field, entities_of(list(on)), words.names)
        if fold_text(row.value) in map(fold_text, known):
            return [row.value]
    return split_values(row.value, kind, is_range=row.op == RANGE)


def value_kind(row: Row, on: Sequence[str], names: Names) -> Kind:
    """Return the kind of a row's value: that of its field, of "within days" a number."""
    return Kind.NUMBER if row.op == "within_days" else kind_of(row.field, row.op, on, names)


def _value_of(row: Row, on: Sequence[str], words: Vocabulary) -> Any:
    """Return the value in the form that the operator takes; unreadable input stays as typed."""
    kind = value_kind(row, on, words.names)
    parts = typed_parts(row, kind, on, words)
    values = [
        _with_currency(_me_or(parse_typed(each, kind, words.locale), kind, words), row, kind)
        for each in parts
    ]
    if row.op in (*SEVERAL_VALUES, RANGE) or len(values) > 1:
        return values
    return values[0]


def _me_or(value: Any, kind: Kind, words: Vocabulary) -> Any:
    is_me = kind is Kind.PERSON and isinstance(value, str) and fold_text(value) == ME
    return words.me or value if is_me else value


def _with_currency(value: Any, row: Row, kind: Kind) -> Any:
    is_bare = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is Kind.MONEY and row.currency and is_bare:
        return {"amount": value, "currency": row.currency}
    return value


def conditions_of(when: Any | None) -> Conditions:
    """Return a filter as the form shows it."""
    if when is None:
        return Conditions()
    parts = when.get("all") if isinstance(when, dict) and set(when) == {"all"} else [when]
    rows: list[Row] = []
    groups: list[Any] = []
    for part in parts if isinstance(parts, list) else [when]:
        found = _rows_of_part(part)
        if found is None or len(rows) + len(found) > MOST_ROWS:
            groups.append(part)
        else:
            rows += found
    return Conditions(tuple(rows), tuple(groups))


def _rows_of_part(part: Any) -> list[Row] | None:
    """Return the rows of a condition or of alternatives, None for anything else."""
    leaves = part.get("any") if isinstance(part, dict) and set(part) == {"any"} else [part]
    if not isinstance(leaves, list):
        return None
    rows = [_row_of(leaf, is_or=number > 0) for number, leaf in enumerate(leaves)]
    return None if None in rows else [row for row in rows if row is not None]


def _row_of(leaf: Any, *, is_or: bool) -> Row | None:
    is_not = isinstance(leaf, dict) and set(leaf) == {"not"}
    inner = leaf["not"] if is_not else leaf
    if not isinstance(inner, dict) or "field" not in inner:
        return None
    field, op = inner["field"], inner["op"]
    if not isinstance(field, str) or len(field) > LONGEST_FIELD:
        return None
    if "value" not in inner:
        return Row(field, op, is_or=is_or, is_not=is_not)
    typed = _typed(inner["value"])
    if typed is None:
        return None
    value, picked, currency = typed
    return Row(field, op, value, picked, currency, is_or=is_or, is_not=is_not)


def _typed(value: Any) -> tuple[str, tuple[str, ...], str] | None:
    """Return a value as (typed text, several values, currency), None if it cannot be typed."""
    if isinstance(value, list):
        return _typed_list(value)
    if isinstance(value, dict):
        amount, currency = _typed_one(value.get("amount")), value.get("currency")
        return (amount, (), currency) if amount and isinstance(currency, str) else None
    text = _typed_one(value)
    return (text, (), "") if text else None


def _typed_list(values: list[Any]) -> tuple[str, tuple[str, ...], str] | None:
    currencies = {each.get("currency") if isinstance(each, dict) else None for each in values}
    amounts = [_typed_one(each.get("amount") if isinstance(each, dict) else each) for each in values]
    if len(currencies) != 1 or not all(amounts) or any(";" in each for each in amounts):
        return None
    currency = currencies.pop() or ""
    return "; ".join(amounts), tuple(amounts) if len(amounts) > 1 else (), currency


def _typed_one(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return typed_number(value)
    return value if isinstance(value, str) else ""
