"""Tests for equality with a condition's operand, by kind: `is`, `in`, `has_any`, `changed_from`."""

from collections.abc import Callable
from datetime import date
from typing import Any

from models.pipedrive.declaration import Kind
from models.pipedrive.filters.values import (
    Many,
    Money,
    Named,
    Unknown,
    Verdict,
    Want,
    calendar_day,
)
from models.pipedrive.readable import fold_text

Test = Callable[[Any], Verdict]


def equals(kind: Kind, wanted: Any) -> Test:
    """The test for one value (of a set: for all its elements together); None means an empty field."""
    if wanted is None:
        return _nothing
    return _EQUALS.get(kind, _same)(wanted)


def among(kind: Kind, wanted: list[Any]) -> Test:
    """The test for any of several values; for a set, whether it has any of them."""
    if kind is Kind.SET:
        return has_any(wanted)
    return either([equals(kind, each) for each in wanted])


def either(tests: list[Test]) -> Test:
    """True if any test holds; Unknown if none does and one is undecidable."""

    def test(value: Any) -> Verdict:
        doubt: Verdict = False
        for one in tests:
            verdict = one(value)
            if verdict is True:
                return True
            if verdict is not False:
                doubt = verdict
        return doubt

    return test


def opposite(test: Test) -> Test:
    def inverted(value: Any) -> Verdict:
        verdict = test(value)
        return verdict if isinstance(verdict, Unknown) else not verdict

    return inverted


def has_any(wanted: list[Want]) -> Test:
    return either([_has(each) for each in wanted])


def has_all(wanted: list[Want]) -> Test:
    lacking = either([opposite(_has(each)) for each in wanted])
    return opposite(lacking)


def aligned(value: date, wanted: date) -> tuple[date, date]:
    """Both as days if one of them is a day: `2026-11-20` is that whole day, in UTC."""
    if type(value) is not type(wanted):
        return calendar_day(value), calendar_day(wanted)
    return value, wanted


def _nothing(value: Any) -> Verdict:
    return value is None or value == "" or (isinstance(value, Many) and not value.keys)


def _same(wanted: Any) -> Test:
    return lambda value: bool(value == wanted)


def _text(wanted: str) -> Test:
    return lambda value: value is not None and fold_text(value) == wanted


def _money(wanted: Money) -> Test:
    def test(value: Money | None) -> Verdict:
        if value is None:
            return False
        if wanted.currency and value.currency != wanted.currency:
            return Unknown(f"its currency is {value.currency or 'not known'}, not {wanted.currency}")
        return value.amount == wanted.amount

    return test


def _date(wanted: date) -> Test:
    def test(value: date | None) -> Verdict:
        if value is None:
            return False
        left, right = aligned(value, wanted)
        return left == right

    return test


def _named(wanted: Want) -> Test:
    def test(value: Named | None) -> Verdict:
        if value is None:
            return False
        if value.name is not None and fold_text(value.name) == wanted.folded:
            return True
        if (wanted.may_be_id or value.name is None) and value.key == wanted.text:
            return True
        is_open = value.name is None and not wanted.may_be_id  # a number means an id, and this is another
        return Unknown(f"the name of id {value.key} is not known") if is_open else False

    return test


def _set(wanted: list[Want]) -> Test:
    count, every = len({each.folded for each in wanted}), has_all(wanted)

    def test(value: Many) -> Verdict:
        return every(value) if len(value.keys) == count else False

    return test


def _has(wanted: Want) -> Test:
    def test(value: Many) -> Verdict:
        if wanted.folded in value.names or wanted.text in value.nameless:
            return True
        if wanted.may_be_id and wanted.text in value.keys:
            return True
        is_open = value.nameless and not wanted.may_be_id
        return Unknown("some names of it are not known") if is_open else False

    return test


_EQUALS: dict[Kind, Callable[[Any], Test]] = {
    Kind.TEXT: _text,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.CHOICE: _named,
    Kind.PERSON: _named,
    Kind.SET: _set,
}
