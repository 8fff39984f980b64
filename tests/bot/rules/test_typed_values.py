import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.typed_values import parse_typed, split_values
from models.pipedrive.entity import Kind


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("10k EUR", Kind.MONEY, {"amount": 10000, "currency": "EUR"}),
        ("1.000", Kind.MONEY, "1.000"),  # asked about before it is saved
        ("3k", Kind.NUMBER, 3000),
        ("a lot", Kind.NUMBER, "a lot"),
        ("20.11.2026", Kind.DATE, "2026-11-20"),
        ("Nov 20, 2026", Kind.DATE, "2026-11-20"),
        ("some day", Kind.DATE, "some day"),
        (" 10k ", Kind.TEXT, "10k"),
    ],
)
def test_a_value_is_read_by_the_kind_of_its_field(typed: str, kind: Kind, value: object) -> None:
    assert parse_typed(typed, kind) == value


@pytest.mark.parametrize(
    ("typed", "kind", "values"),
    [
        ("10, 20", Kind.NUMBER, ["10", "20"]),
        ("10,20", Kind.NUMBER, ["10", "20"]),
        ("10,000, 20,000", Kind.MONEY, ["10,000", "20,000"]),
        ("10.000; 20.000", Kind.MONEY, ["10.000", "20.000"]),
        ("1,5, 2,5", Kind.NUMBER, ["1,5", "2,5"]),
        ("10k to 20k", Kind.MONEY, ["10k", "20k"]),
        ("10 - 20 EUR", Kind.MONEY, ["10", "20 EUR"]),
        ("2026-11-01 to 2026-11-30", Kind.DATE, ["2026-11-01", "2026-11-30"]),
        ("EUR,USD", Kind.TEXT, ["EUR", "USD"]),
        (" ; ", Kind.TEXT, []),
    ],
)
def test_several_values_are_told_apart(typed: str, kind: Kind, values: list[str]) -> None:
    assert split_values(typed, kind, is_range=True) == values


@pytest.mark.parametrize(("typed", "value"), [("Yes", True), ("ja", True), ("NO", False), ("maybe", "maybe")])
def test_a_flag_is_yes_or_no(typed: str, value: object) -> None:
    assert parse_typed(typed, Kind.FLAG) is value or parse_typed(typed, Kind.FLAG) == value


@given(st.text(max_size=60), st.sampled_from(list(Kind)))
def test_any_text_is_read_or_kept(text: str, kind: Kind) -> None:
    assert isinstance(parse_typed(text, kind), str | int | float | dict)
    assert isinstance(split_values(text, kind), list)
