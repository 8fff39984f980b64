from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.filters.values import Many, Money, Named, day, number, shown


@given(st.integers(-(10**29), 10**29) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_themselves_also_as_text(value: float) -> None:
    assert number(value) == value
    if isinstance(value, int):
        assert number(f" {value} ") == value


@pytest.mark.parametrize(
    "raw", ["", "12,500", "0x10", "nan", "inf", "1e999", "٣", "9" * 31, True, None, [], {}]
)
def test_other_things_are_no_numbers(raw: Any) -> None:
    assert number(raw) is None


@given(st.text() | st.none() | st.booleans() | st.lists(st.text(), max_size=2))
def test_text_that_is_no_number_is_none_or_finite(raw: Any) -> None:
    found = number(raw)
    assert found is None or abs(found) < float("inf")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-02-30", None),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20 10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        (date(2026, 11, 20), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 10), datetime(2026, 11, 20, 10, tzinfo=UTC)),  # noqa: DTZ001 - as YAML reads it
        ("tomorrow", None),
        (20261120, None),
    ],
)
def test_days_and_moments(raw: Any, expected: date | None) -> None:
    assert day(raw) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (12500, "12,500"),
        (0.5, "0.5"),
        (None, "empty"),
        ("", "empty"),
        (True, "yes"),
        (Money(12500, "EUR"), "12,500 EUR"),
        (Money(5, None), "5"),
        (Named("7", None), "id 7"),
        (Named("7", "Ada"), "Ada"),
        (Many(frozenset(), frozenset(), frozenset(), ()), "empty"),
        (["a", 1000], "a, 1,000"),
        ("a\n\tb\u202e", "a b"),
        (date(2026, 11, 20), "2026-11-20"),
    ],
)
def test_values_in_plain_words(value: Any, words: str) -> None:
    assert shown(value) == words
