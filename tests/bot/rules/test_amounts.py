"""Amounts as people write them, by their locale; what can be read in two ways is asked about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.amounts import Ambiguous, locale_of, question_of, read_amount, typed_number
from models.pipedrive.entity import Kind


def eur(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("10000", 10000),
        ("10 000", 10000),
        ("1 000", 1000),
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
        ("10k", 10000),
        ("10 K", 10000),
        ("1.5k", 1500),
        ("2,5 m", 2500000),
        ("2 Mio.", 2000000),
        ("10 Tsd.", 10000),
        ("10.000 EUR", eur(10000)),
        ("10,000 EUR", eur(10000)),
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
        ("10k in any currency", 10000),
        ("10 000, any currency", 10000),
    ],
)
@pytest.mark.parametrize("locale", ["", "en", "de", "de-CH", "cs", "fr"])
def test_what_is_clear_is_the_same_in_every_locale(typed: str, value: object, locale: str) -> None:
    assert read_amount(typed, Kind.MONEY, locale) == value
    assert question_of(typed, Kind.MONEY, locale) == ""


BOTH = Ambiguous((1000, 1.0))


@pytest.mark.parametrize(
    ("typed", "locale", "value"),
    [
        ("1,000", "en", 1000),
        ("1,000", "en-GB", 1000),
        ("1.000", "de", 1000),
        ("1.000", "de_AT", 1000),
        ("1.000", "es", 1000),
        ("1.000", "cs", 1000),  # a point is no decimal mark there
        ("-1.000", "de", -1000),
        ("1.000", "en", BOTH),
        ("1,000", "de", BOTH),
        ("1,000", "cs", BOTH),
        ("1.000", "", BOTH),
        ("1,000", "", BOTH),
        ("1,000", "nobody speaks this", BOTH),
        ("1.500k", "en", Ambiguous((1500000, 1500))),
        ("1.234 KWD", "de", {"amount": 1234, "currency": "KWD"}),
        ("1.234 KWD", "en", {"amount": 1.234, "currency": "KWD"}),
        ("1.234 KWD", "", Ambiguous((1234, 1.234))),
    ],
)
def test_one_group_of_digits_is_read_by_the_locale(typed: str, locale: str, value: object) -> None:
    assert read_amount(typed, Kind.MONEY, locale) == value


@pytest.mark.parametrize(
    ("typed", "locale", "value"),
    [("80", "", 80), ("1,000", "en", 1000), ("1.250", "en", 1.25), ("1.250", "", Ambiguous((1250, 1.25)))],
)
def test_a_number_may_have_three_decimals_where_the_locale_says_so(
    typed: str, locale: str, value: object
) -> None:
    assert read_amount(typed, Kind.NUMBER, locale) == value


@pytest.mark.parametrize(
    "typed", ["a lot", "10.00.0", "1,2,3", "10 00", "10000 XYZ", "EUR 10 USD", "", "10%", "1.2.3k"]
)
def test_what_cannot_be_read_is_none(typed: str) -> None:
    assert read_amount(typed, Kind.MONEY, "en") is None


def test_a_number_has_no_currency() -> None:
    assert read_amount("80 EUR", Kind.NUMBER) is None


def test_the_question_names_both_readings_and_how_to_write_them() -> None:
    assert question_of("1.000", Kind.MONEY) == "is “1.000” 1,000 or 1? Write 1000 or 1.0"
    assert question_of("1,000", Kind.MONEY, "de") == "is “1,000” 1.000 or 1? Write 1000 or 1.0"
    assert "Write 1234 or 1.2340" in question_of("1.234", Kind.NUMBER)


@pytest.mark.parametrize(
    ("person", "zone", "locale"),
    [
        ("de", "America/New_York", "de"),
        ("", "Europe/Prague", "und_CZ"),
        ("", "Europe/Berlin", "und_DE"),
        ("gibberish", "Europe/Berlin", "und_DE"),
        ("", "UTC", ""),
        ("", "Nowhere/Land", ""),
    ],
)
def test_without_the_persons_locale_the_country_of_the_tenant_counts(
    person: str, zone: str, locale: str
) -> None:
    assert locale_of(person, zone) == locale


@given(st.text(max_size=60), st.sampled_from(list(Kind)), st.sampled_from(["", "en", "de", "xx", "\0"]))
def test_any_text_is_read_without_an_error(text: str, kind: Kind, locale: str) -> None:
    read_amount(text, kind, locale)
    assert isinstance(question_of(text, kind, locale), str)


@given(st.integers(0, 10**12))
def test_what_the_locale_writes_is_read_again(amount: int) -> None:
    grouped = f"{amount:,}"
    for mark, locale in ((",", "en"), (".", "de"), (" ", "cs"), ("'", "en"), ("\u00a0", "fr")):
        assert read_amount(grouped.replace(",", mark), Kind.MONEY, locale) == amount


@given(st.one_of(st.integers(-(10**12), 10**12), st.decimals(0, 10**6, places=3).map(float)))
def test_a_stored_number_is_typed_so_that_every_locale_reads_it_again(amount: float) -> None:
    for locale in ("", "en", "de", "cs"):
        assert read_amount(typed_number(amount), Kind.MONEY, locale) == amount
