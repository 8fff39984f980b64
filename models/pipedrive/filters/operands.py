"""Operands of conditions: checked when a rule is saved, in the form that the operator compares."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import re2

from models.pipedrive.declaration import Kind
from models.pipedrive.filters.values import Money, Want, day, number, shown
from models.pipedrive.names import Json
from models.pipedrive.readable import fold_text

LONGEST_TEXT = 500
LONGEST_LIST = 200
LONGEST_PATTERN = 512  # bytes
PATTERN_OPTIONS = re2.Options()
PATTERN_OPTIONS.log_errors = False


class InvalidOperand(ValueError):
    """The operand is not what the operator needs; the message says what it must be."""


class Step(NamedTuple):
    """How much a value has to change: in its own units, or in percent of the old value."""

    size: Decimal
    percent: bool
    currency: str | None


def one(kind: Kind, raw: Json) -> Any:
    """A single value of a kind, None for null. Raises InvalidOperand with what it should be."""
    return None if raw is None else _ONE[kind](raw)


def some(kind: Kind, raw: Json) -> Any:
    """A single value that is not null."""
    if raw is None:
        raise InvalidOperand("must not be null")
    return _ONE[kind](raw)


def many(kind: Kind, raw: Json) -> list[Any]:
    """A list of values; for sets one value is a list of one."""
    if kind is Kind.SET and not isinstance(raw, list):
        raw = [raw]
    if not isinstance(raw, list) or not raw:
        raise InvalidOperand(f"must be a list of at least one value, not {_quoted(raw)}")
    if len(raw) > LONGEST_LIST:
        raise InvalidOperand(f"must not have more than {LONGEST_LIST} values")
    single = some if kind is Kind.SET else one
    return [single(kind, each) for each in raw]


def whole(kind: Kind, raw: Json) -> Any:
    """The whole value of a field: for a set a list of elements, else one value."""
    return many(kind, raw) if kind is Kind.SET and raw is not None else one(kind, raw)


def pair(kind: Kind, raw: Json) -> tuple[Any, Any]:
    """Two values, the lower first; both ends are included."""
    if not isinstance(raw, list) or len(raw) != 2:
        raise InvalidOperand(f"must be a list of two values, the lower first, not {_quoted(raw)}")
    low, high = bound(kind, raw[0]), bound(kind, raw[1])
    if kind is Kind.MONEY and low.currency != high.currency:
        raise InvalidOperand("must have one currency")
    if kind is Kind.DATE and type(low) is not type(high):
        raise InvalidOperand("must be two days or two times")
    if (low.amount > high.amount) if kind is Kind.MONEY else low > high:
        raise InvalidOperand("must have the lower value first")
    return low, high


def bound(kind: Kind, raw: Json) -> Any:
    """The limit of an ordered comparison; ids are compared as numbers there."""
    return _ONE[Kind.NUMBER if kind is Kind.ID else kind](raw)


def words(_: Kind, raw: Json) -> str:
    if not isinstance(raw, str) or not fold_text(raw):  # what folds to nothing is part of every text
        raise InvalidOperand(f"must be text, not {_quoted(raw)}")
    return _short(raw)


def days(_: Kind, raw: Json) -> int | float:
    found = number(raw)
    if found is None or found < 0:
        raise InvalidOperand(f"must be a number of days, not {_quoted(raw)}")
    return found


def pattern(_: Kind, raw: Json) -> Any:
    """A pattern for RE2, which takes linear time for any text; at most 512 bytes."""
    if not isinstance(raw, str) or not raw:
        raise InvalidOperand(f"must be a pattern, not {_quoted(raw)}")
    if len(raw.encode("utf-8", "replace")) > LONGEST_PATTERN:
        raise InvalidOperand(f"must not be longer than {LONGEST_PATTERN} bytes")
    try:
        return re2.compile(raw.encode(), PATTERN_OPTIONS)
    except (re2.error, UnicodeError) as refused:
        raise InvalidOperand(f"is no pattern RE2 accepts: {_reason(refused)}") from refused


def step(kind: Kind, raw: Json) -> Step:
    """How far at least: `500`, `{amount: 500, currency: EUR}` for money, or `"10%"` of the old value."""
    percent = isinstance(raw, str) and raw.strip().endswith("%")
    if percent:
        money = Money(_amount(raw.strip()[:-1]), None)
    else:
        money = _money(raw) if kind is Kind.MONEY else Money(_amount(raw), None)
    if money.amount <= 0:
        raise InvalidOperand("must be more than 0")
    return Step(Decimal(str(money.amount)), percent, money.currency)


def _text(raw: Json) -> str:
    if isinstance(raw, bool | dict | list):
        raise InvalidOperand(f"must be text, not {_quoted(raw)}")
    return fold_text(_short(raw.isoformat() if isinstance(raw, date) else str(raw)))


def _want(raw: Json) -> Want:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | date):
        raise InvalidOperand(f"must be a name, not {_quoted(raw)}")
    written = _short(raw.isoformat() if isinstance(raw, date) else str(raw))
    return Want(written, fold_text(written), isinstance(raw, int))


def _amount(raw: Json) -> int | float:
    found = number(raw)
    if found is None:
        raise InvalidOperand(f"must be a number, not {_quoted(raw)}")
    return found


def _money(raw: Json) -> Money:
    if not isinstance(raw, dict):
        return Money(_amount(raw), None)
    currency = raw.get("currency")
    if set(raw) != {"amount", "currency"} or not isinstance(currency, str) or len(currency) != 3:
        raise InvalidOperand("must be an amount, or {amount: 10000, currency: EUR}")
    return Money(_amount(raw["amount"]), currency.upper())


def _date(raw: Json) -> date:
    found = day(raw)
    if found is None:
        raise InvalidOperand(f"must be a date like 2026-11-20, not {_quoted(raw)}")
    return found


def _flag(raw: Json) -> bool:
    if raw is True or raw is False:
        return raw is True
    raise InvalidOperand(f"must be true or false, not {_quoted(raw)}")


def _id(raw: Json) -> str:
    found = number(raw)
    if found is not None and int(found) == found:
        return str(int(found))
    return _short(words(Kind.ID, raw))


def _short(written: str) -> str:
    if len(written) > LONGEST_TEXT:
        raise InvalidOperand(f"must not be longer than {LONGEST_TEXT} letters")
    return written


def _quoted(raw: Json) -> str:
    return repr(shown(raw)) if isinstance(raw, str | int | float) else f"a {type(raw).__name__}"


def _reason(refused: Exception) -> str:
    reason = refused.args[0] if refused.args else ""
    return shown(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason))


_ONE: dict[Kind, Callable[[Json], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _amount,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.CHOICE: _want,
    Kind.PERSON: _want,
    Kind.SET: _want,
    Kind.FLAG: _flag,
    Kind.ID: _id,
}
