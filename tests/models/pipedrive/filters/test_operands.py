"""Operands by kind of field: accepted in their form, or refused with a message."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.declaration import Kind
from models.pipedrive.filters import operands
from models.pipedrive.filters.operands import InvalidOperand, Step
from models.pipedrive.filters.values import Money, Want

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FORMS: list[Callable[[Kind, Any], Any]] = [
    operands.one,
    operands.some,
    operands.many,
    operands.whole,
    operands.pair,
    operands.bound,
    operands.words,
    operands.days,
    operands.pattern,
    operands.step,
]
KINDS = [kind for kind in Kind if kind is not Kind.ANY]


def refusal(form: Callable[[Kind, Any], Any], kind: Kind, raw: Any) -> str | None:
    """What the refusal says; None where the value is taken."""
    try:
        form(kind, raw)
    except InvalidOperand as refused:
        return str(refused)
    return None


@given(st.sampled_from(FORMS), st.sampled_from(KINDS), ANYTHING)
def test_whatever_is_asked_for_is_taken_or_refused_in_short_words(
    form: Callable[[Kind, Any], Any], kind: Kind, raw: Any
) -> None:
    said = refusal(form, kind, raw)
    assert said is None or 0 < len(said) < 400


@pytest.mark.parametrize(
    ("kind", "raw", "taken"),
    [
        (Kind.TEXT, "STRASSE", "strasse"),
        (Kind.TEXT, 5, "5"),
        (Kind.NUMBER, "10", 10),
        (Kind.MONEY, 10, Money(10, None)),
        (Kind.MONEY, {"amount": "10", "currency": "eur"}, Money(10, "EUR")),
        (Kind.DATE, "2026-11-20", date(2026, 11, 20)),
        (Kind.DATE, "2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        (Kind.CHOICE, "Won", Want("Won", "won", may_be_id=False)),
        (Kind.CHOICE, 5, Want("5", "5", may_be_id=True)),
        (Kind.FLAG, True, True),
        (Kind.ID, "08", "8"),
        (Kind.ID, "b18-x", "b18-x"),
        (Kind.NUMBER, None, None),
    ],
)
def test_one_value_is_taken_in_the_form_of_its_kind(kind: Kind, raw: Any, taken: Any) -> None:
    assert operands.one(kind, raw) == taken


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        (Kind.TEXT, True, "must be text"),
        (Kind.TEXT, "x" * 501, "longer than 500"),
        (Kind.NUMBER, "ten", "must be a number"),
        (Kind.MONEY, {"amount": 1}, "must be an amount"),
        (Kind.MONEY, {"amount": 1, "currency": "Euro"}, "must be an amount"),
        (Kind.DATE, "20.11.2026", "must be a date like"),
        (Kind.PERSON, ["Ada"], "must be a name"),
        (Kind.FLAG, "yes", "true or false"),
        (Kind.FLAG, 1, "true or false"),
        (Kind.ID, 1.5, "must be text"),
    ],
)
def test_one_value_of_another_kind_is_refused(kind: Kind, raw: Any, words: str) -> None:
    with pytest.raises(InvalidOperand, match=words):
        operands.one(kind, raw)


def test_null_is_one_value_but_no_bound_and_no_element_of_a_set() -> None:
    assert operands.many(Kind.NUMBER, [1, None]) == [1, None]
    for refused in (lambda: operands.some(Kind.NUMBER, None), lambda: operands.many(Kind.SET, [None])):
        with pytest.raises(InvalidOperand, match="must not be null"):
            refused()


def test_lists_have_an_end_and_a_beginning() -> None:
    assert len(operands.many(Kind.NUMBER, [1] * 200)) == 200
    for raw in ([], "1", [1] * 201):
        with pytest.raises(InvalidOperand):
            operands.many(Kind.NUMBER, raw)


def test_one_name_is_a_set_of_one() -> None:
    assert operands.many(Kind.SET, "Hot") == [Want("Hot", "hot", may_be_id=False)]
    assert operands.whole(Kind.SET, None) is None


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        (Kind.NUMBER, [2, 1], "lower value first"),
        (Kind.NUMBER, [1], "list of two"),
        (Kind.NUMBER, [1, 2, 3], "list of two"),
        (Kind.MONEY, [{"amount": 1, "currency": "EUR"}, 5], "one currency"),
        (Kind.DATE, ["2026-11-20", "2026-11-21T00:00:00Z"], "two days or two times"),
    ],
)
def test_pairs_that_are_none_are_refused(kind: Kind, raw: Any, words: str) -> None:
    with pytest.raises(InvalidOperand, match=words):
        operands.pair(kind, raw)


def test_pairs_may_be_of_one_value_and_ids_compare_as_numbers() -> None:
    assert operands.pair(Kind.NUMBER, [3, 3]) == (3, 3)
    assert operands.pair(Kind.ID, ["9", "10"]) == (9, 10)


@pytest.mark.parametrize(
    ("kind", "raw", "taken"),
    [
        (Kind.NUMBER, 500, Step(Decimal(500), percent=False, currency=None)),
        (Kind.NUMBER, " 10% ", Step(Decimal(10), percent=True, currency=None)),
        (Kind.MONEY, {"amount": 5, "currency": "EUR"}, Step(Decimal(5), percent=False, currency="EUR")),
        (Kind.MONEY, "2.5%", Step(Decimal("2.5"), percent=True, currency=None)),
    ],
)
def test_steps_are_of_units_or_of_percent(kind: Kind, raw: Any, taken: Step) -> None:
    assert operands.step(kind, raw) == taken


@pytest.mark.parametrize("raw", [0, -1, "0%", "-5%", "%", None, [1]])
def test_a_step_that_leads_nowhere_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidOperand):
        operands.step(Kind.NUMBER, raw)


def test_a_pattern_is_compiled_once_it_is_sound() -> None:
    assert operands.pattern(Kind.TEXT, "^Acme .*").search(b"Acme Ltd") is not None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("(", "RE2"),
        (r"(a)\1", "RE2"),
        ("", "must be a pattern"),
        (5, "must be a pattern"),
        ("ä" * 257, "512 bytes"),
    ],
)
def test_patterns_re2_would_not_run_in_linear_time_are_refused(raw: Any, words: str) -> None:
    with pytest.raises(InvalidOperand, match=words):
        operands.pattern(Kind.TEXT, raw)


@pytest.mark.parametrize("raw", [-1, "soon", None, True])
def test_days_are_a_number_that_is_not_negative(raw: Any) -> None:
    assert operands.days(Kind.DATE, 0) == 0
    with pytest.raises(InvalidOperand, match="number of days"):
        operands.days(Kind.DATE, raw)


def test_words_are_kept_as_they_are_written() -> None:
    assert operands.words(Kind.TEXT, "Acme Ltd") == "Acme Ltd"
    with pytest.raises(InvalidOperand, match="must be text"):
        operands.words(Kind.TEXT, "")
