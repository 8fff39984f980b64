from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.typed_values import parse_several, parse_typed
from models.pipedrive.entity import Kind


def eur(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("10000", 10000),
        ("10,000", 10000),
        ("10.000", 10000),
        ("10 000", 10000),
        ("10\u00a0000", 10000),
        ("10\u202f000,50", 10000.5),
        ("10'000", 10000),
        ("1.250.000", 1250000),
        ("1,250,000", 1250000),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("99.5", 99.5),
        ("99,5", 99.5),
        ("0.500", 0.5),
        ("0,500", 0.5),
        ("-1.500", -1500),
        ("10k", 10000),
        ("10 K", 10000),
        ("1.5k", 1500),
        ("2,5 m", 2500000),
        ("2 Mio.", 2000000),
        ("10.000 EUR", eur(10000)),
        ("10.000,00 EUR", eur(10000.0)),
        ("EUR 10.000", eur(10000)),
        ("€10,000", eur(10000)),
        ("€ 10k", eur(10000)),
        ("10k€", eur(10000)),
        ("10000 eur", eur(10000)),
        ("10keur", eur(10000)),
        ("$10,000", {"amount": 10000, "currency": "USD"}),
        ("£2m", {"amount": 2000000, "currency": "GBP"}),
        ("250 000 Kč", {"amount": 250000, "currency": "CZK"}),
        ("10 MXN", {"amount": 10, "currency": "MXN"}),
        ("1.234,5 KWD", {"amount": 1234.5, "currency": "KWD"}),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, value: object) -> None:
    assert parse_typed(typed, Kind.MONEY) == value


@pytest.mark.parametrize(
    "typed",
    ["a lot", "10.00.0", "1,2,3", "1.500k", "1.234 KWD", "10 00", "10000 XYZ", "EUR 10 USD", "", "10%"],
)
def test_what_can_be_read_in_two_ways_or_in_none_stays_as_typed(typed: str) -> None:
    assert parse_typed(typed, Kind.MONEY) == typed


@pytest.mark.parametrize(
    ("typed", "value"), [("80", 80), ("1.000", 1000), ("2,5", 2.5), ("3k", 3000), ("80 EUR", "80 EUR")]
)
def test_a_number_has_no_currency(typed: str, value: object) -> None:
    assert parse_typed(typed, Kind.NUMBER) == value


@pytest.mark.parametrize(
    ("typed", "kind", "values"),
    [
        ("10, 20", Kind.NUMBER, [10, 20]),
        ("10,20", Kind.NUMBER, [10, 20]),
        ("10,000, 20,000", Kind.MONEY, [10000, 20000]),
        ("10.000; 20.000", Kind.MONEY, [10000, 20000]),
        ("1,5, 2,5", Kind.NUMBER, [1.5, 2.5]),
        ("10k to 20k", Kind.MONEY, [10000, 20000]),
        ("10 - 20 EUR", Kind.MONEY, [10, eur(20)]),
        ("2026-11-01 to 2026-11-30", Kind.DATE, ["2026-11-01", "2026-11-30"]),
        ("EUR,USD", Kind.TEXT, ["EUR", "USD"]),
    ],
)
def test_several_values_are_told_apart(typed: str, kind: Kind, values: list[object]) -> None:
    assert parse_several(typed, kind, is_range=True) == values


@pytest.mark.parametrize(("typed", "value"), [("Yes", True), ("ja", True), ("NO", False), ("maybe", "maybe")])
def test_a_flag_is_yes_or_no(typed: str, value: object) -> None:
    assert parse_typed(typed, Kind.FLAG) is value or parse_typed(typed, Kind.FLAG) == value


@given(st.text(max_size=60), st.sampled_from(list(Kind)))
def test_any_text_is_read_or_kept(text: str, kind: Kind) -> None:
    found = parse_typed(text, kind)
    assert isinstance(found, str | int | float | dict)
    assert isinstance(parse_several(text, kind), list)


@given(st.integers(0, 10**12))
def test_thousands_are_read_whatever_stands_between_them(number: int) -> None:
    grouped = f"{number:,}"
    for mark in ",. '\u00a0":
        assert parse_typed(grouped.replace(",", mark), Kind.MONEY) == number
