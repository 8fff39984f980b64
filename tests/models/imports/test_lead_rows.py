"""A row becomes a lead as Pipedrive takes it, or a reason that says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.imports.csv_file import CsvRow, read_csv
from models.imports.lead_rows import FIELDS, ImportedLead, InvalidRow, check_rows, guess_columns, read_lead

ALL = {name: index for index, name in enumerate(FIELDS)}


def lead(currency: str = "EUR", **cells: str) -> ImportedLead:
    return read_lead([cells.get(name, "") for name in FIELDS], ALL, currency)


@pytest.mark.parametrize(
    "header",
    [
        ["Name", "E-mail", "Phone", "Organization", "Title", "Value", "Currency", "Source", "Note"],
        ["Ansprechpartner", "E-Mail", "Telefon", "Firma", "Titel", "Wert", "Währung", "Quelle", "Notiz"],
        [
            "contact_name",
            "EMAIL ADDRESS",
            "Tel.",
            "company",
            "Lead Title",
            "Amount",
            "currency",
            "Herkunft",
            "comment",
        ],
    ],
)
def test_columns_are_guessed_from_their_names(header: list[str]) -> None:
    assert guess_columns(header) == ALL


def test_a_name_that_is_unknown_or_comes_again_is_left_out() -> None:
    assert guess_columns(["Colour", "Mail", "E-Mail"]) == {"email": 1}


def test_a_row_is_a_lead() -> None:
    made = lead(name=" Jana  B ", email="Jana@X.test", value="1", source="Fair", note="a\nb")
    assert made == ImportedLead("Jana B", "jana@x.test", "", "", "Jana B", 1.0, "EUR", "Source: Fair\na\nb")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234", (1234, "EUR")),
        ("1.234,50", (1234.5, "EUR")),
        ("1,234.50", (1234.5, "EUR")),
        ("1.234", (1234, "EUR")),
        ("1,5", (1.5, "EUR")),
        ("0.125", (0.125, "EUR")),
        ("1'234'567", (1234567, "EUR")),
        ("$ 12", (12, "USD")),
        ("12 €", (12, "EUR")),
        ("CHF 12.50", (12.5, "CHF")),
        ("12 czk", (12, "CZK")),
        ("-3", (-3, "EUR")),
        ("", (None, "")),
    ],
)
def test_values_are_read_in_english_and_german(text: str, amount: tuple[float | None, str]) -> None:
    made = lead(name="Jana", value=text)
    assert (made.value, made.currency) == amount


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({}, "neither"),
        ({"phone": "1"}, "neither"),
        ({"email": "jana"}, "“jana” is no e-mail"),
        ({"email": "a@b"}, "is no e-mail"),
        ({"email": "<x>@y.test"}, "is no e-mail"),
        ({"name": "x" * 256}, "at most 255"),
        ({"name": "x", "note": "x" * 5001}, "at most 5000"),
        ({"name": "x", "value": "much"}, "“much” is no number"),
        ({"name": "x", "value": "1e5"}, "is no number"),
        ({"name": "x", "value": "€"}, "is no number"),
        ({"name": "x", "value": "."}, "is no number"),
        ({"name": "x", "value": "9" * 15}, "is no number"),
        ({"name": "x", "value": "1", "currency": "euros"}, "“euros” is no currency"),
    ],
)
def test_what_pipedrive_would_not_take_has_a_reason(cells: dict[str, str], words: str) -> None:
    given_cells = [cells.get(name, "") for name in FIELDS]
    with pytest.raises(InvalidRow) as refused:
        read_lead(given_cells, ALL, "EUR")
    assert words in refused.value.user_message


def test_the_same_row_twice_counts_once_and_people_are_shared() -> None:
    rows = read_csv("Name,Mail,Titel\nJ,j@x.test,A\nJ,J@x.test,A\nJ,j@x.test,B\n,,\n-,x,\n").rows
    found = check_rows(rows, {"name": 0, "email": 1, "title": 2}, "EUR")
    assert [(row.line, made.title) for row, made in found.good] == [(2, "A"), (4, "B")]
    assert [(row.line, "line 2" in why) for row, why in found.bad] == [(3, True), (6, False)]
    assert found.shared == 1


def test_a_cell_that_our_own_file_disarmed_is_itself_again() -> None:
    assert lead(name="'=1+1", phone="'+49 1").phone == "+49 1"
    assert lead(name="'s Hertogenbosch").name == "'s Hertogenbosch"


@given(
    st.lists(st.text(max_size=30), min_size=9, max_size=9),
    st.dictionaries(st.sampled_from(list(FIELDS)), st.integers(-2, 12)),
)
def test_no_row_raises_anything(cells: list[str], columns: dict[str, int]) -> None:
    found = check_rows([CsvRow(2, cells)], columns, "EUR")
    assert len(found.good) + len(found.bad) == 1
