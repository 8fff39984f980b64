"""Operators on the present value of a field: their operands, the kinds they fit, and their tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from models.pipedrive.declaration import Kind
from models.pipedrive.filters import equality, operands
from models.pipedrive.filters.values import (
    EMPTY,
    Many,
    Money,
    Named,
    Unknown,
    Verdict,
    calendar_day,
    number,
)
from models.pipedrive.names import Json
from models.pipedrive.readable import LONGEST_COMPARED, fold_text

if TYPE_CHECKING:
    from models.pipedrive.change import Change

Test = Callable[[Any, "Change"], Verdict]
ALL = frozenset(Kind)
WORDY = frozenset((Kind.TEXT, Kind.CHOICE, Kind.PERSON, Kind.SET))
ORDERED = frozenset((Kind.NUMBER, Kind.MONEY, Kind.ID))
DAYS = frozenset((Kind.DATE,))
SETS = frozenset((Kind.SET,))


@dataclass(frozen=True, slots=True)
class Operator:
    """`words` is read between field and value, `expect` checks the operand, `build` makes the test."""

    words: str
    kinds: frozenset[Kind]
    expect: Callable[[Kind, Json], Any]
    build: Callable[[Kind, Any], Test]


def _plain(make: Callable[[Kind, Any], equality.Test]) -> Callable[[Kind, Any], Test]:
    """An operator that uses only the value."""

    def build(kind: Kind, wanted: Any) -> Test:
        test = make(kind, wanted)
        return lambda value, _: test(value)

    return build


def _not(make: Callable[[Kind, Any], equality.Test]) -> Callable[[Kind, Any], equality.Test]:
    return lambda kind, wanted: equality.opposite(make(kind, wanted))


def _words(holds: Callable[[str, Any], bool], prepare: Callable[[Any], Any] = fold_text) -> Any:
    """An operator on text, on the name of an id, and on any element of a set."""

    def make(_: Kind, wanted: Any) -> equality.Test:
        ready = prepare(wanted)

        def test(value: Any) -> Verdict:
            if isinstance(value, Many):
                found = any(holds(each, ready) for each in value.shown)
                return Unknown("some names of it are not known") if value.nameless and not found else found
            if isinstance(value, Named):
                value = (
                    value.name
                    if value.name is not None
                    else Unknown(f"the name of id {value.key} is not known")
                )
            if isinstance(value, Unknown):
                return value
            return value is not None and holds(value, ready)

        return test

    return make


def _ends_with(text: str, part: str) -> bool:
    """The end of a long text is compared, not the end of its first letters."""
    return fold_text(text[-LONGEST_COMPARED:]).endswith(part)


def searched(text: str) -> bytes:
    """Return the bytes that a pattern is matched against.

    CRM text may contain half a surrogate pair, which RE2 rejects.
    """
    return text[:LONGEST_COMPARED].encode("utf-8", "replace")


def _matches(text: str, pattern: Any) -> bool:
    return pattern.search(searched(text)) is not None


def amount(kind: Kind, currency: str | None) -> Callable[[Any], Any]:
    """How to get the number of a value of a kind, Unknown if there is none to compare."""

    def of(value: Any) -> Any:
        if value is None:
            return EMPTY
        if isinstance(value, Money):
            if currency and value.currency != currency:
                return Unknown(f"its currency is {value.currency or 'not known'}, not {currency}")
            return value.amount
        if kind is Kind.ID:
            found = number(value)
            return Unknown("it is no number") if found is None else found
        return value

    return of


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Kind, Any], equality.Test]:
    def make(kind: Kind, wanted: Any) -> equality.Test:
        limit, currency = wanted if isinstance(wanted, Money) else (wanted, None)
        of = amount(kind, currency)

        def test(value: Any) -> Verdict:
            have = of(value)
            return have if isinstance(have, Unknown) else holds(have, limit)

        return test

    return make


def _between(kind: Kind, wanted: tuple[Any, Any]) -> equality.Test:
    make = _day if kind is Kind.DATE else _ordered
    low, high = make(lambda have, end: have < end), make(lambda have, end: have > end)
    return equality.opposite(equality.either([low(kind, wanted[0]), high(kind, wanted[1])]))


def _day(holds: Callable[[date, date], bool]) -> Callable[[Kind, date], equality.Test]:
    def make(_: Kind, wanted: date) -> equality.Test:
        def test(value: date | None) -> Verdict:
            return EMPTY if value is None else holds(*equality.aligned(value, wanted))

        return test

    return make


def _within_days(_: Kind, wanted: float) -> Test:
    def test(value: date | None, change: "Change") -> Verdict:
        if value is None:
            return EMPTY
        if change.happened_at is None:
            return Unknown("the time of the change is not known")
        return abs((calendar_day(value) - calendar_day(change.happened_at)).days) <= wanted

    return test


_is = equality.equals
_contains = _words(lambda text, part: part in fold_text(text))


def _sets(make: Callable[[list[Any]], equality.Test]) -> Callable[[Kind, Any], equality.Test]:
    return lambda _, wanted: make(wanted)


OPERATORS: dict[str, Operator] = {
    "is": Operator("is", ALL, operands.whole, _plain(_is)),
    "is_not": Operator("is not", ALL, operands.whole, _plain(_not(_is))),
    "in": Operator("is one of", ALL, operands.many, _plain(equality.among)),
    "not_in": Operator("is none of", ALL, operands.many, _plain(_not(equality.among))),
    "contains": Operator("contains", WORDY, operands.words, _plain(_contains)),
    "not_contains": Operator("does not contain", WORDY, operands.words, _plain(_not(_contains))),
    "starts_with": Operator(
        "starts with",
        WORDY,
        operands.words,
        _plain(_words(lambda text, part: fold_text(text).startswith(part))),
    ),
    "ends_with": Operator("ends with", WORDY, operands.words, _plain(_words(_ends_with))),
    "matches": Operator(
        "matches", WORDY, operands.pattern, _plain(_words(_matches, lambda pattern: pattern))
    ),
    "at_least": Operator("is at least", ORDERED, operands.bound, _plain(_ordered(lambda a, b: a >= b))),
    "at_most": Operator("is at most", ORDERED, operands.bound, _plain(_ordered(lambda a, b: a <= b))),
    "more_than": Operator("is more than", ORDERED, operands.bound, _plain(_ordered(lambda a, b: a > b))),
    "less_than": Operator("is less than", ORDERED, operands.bound, _plain(_ordered(lambda a, b: a < b))),
    "between": Operator("is between", ORDERED | DAYS, operands.pair, _plain(_between)),
    "before": Operator("is before", DAYS, operands.bound, _plain(_day(lambda a, b: a < b))),
    "after": Operator("is after", DAYS, operands.bound, _plain(_day(lambda a, b: a > b))),
    "within_days": Operator("is within {} days of the change", DAYS, operands.days, _within_days),
    "has_any": Operator("has any of", SETS, operands.many, _plain(_sets(equality.has_any))),
    "has_all": Operator("has all of", SETS, operands.many, _plain(_sets(equality.has_all))),
    "has_none": Operator("has none of", SETS, operands.many, _plain(_not(_sets(equality.has_any)))),
}
