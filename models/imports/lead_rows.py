"""What a row of a file says of a lead: which column holds what, and whether Pipedrive would take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from models.errors import InvalidRequest
from models.imports.csv_file import FORMULA, CsvRow
from models.languages.translate import marked, tr
from models.pipedrive.contact_details import EMAIL_LETTERS, NAME_LETTERS, PHONE_LETTERS, is_email

FIELDS: Final = {
    "name": marked("Name"),
    "email": marked("E-mail"),
    "phone": marked("Telephone"),
    "organization": marked("Organization"),
    "title": marked("Title"),
    "value": marked("Value"),
    "currency": marked("Currency"),
    "source": marked("Source"),
    "note": marked("Note"),
}
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        *("name", "full name", "person", "contact", "contact name", "contact person", "person name"),
        *("ansprechpartner", "kontakt", "kontaktperson", "vollständiger name"),
    ),
    "email": (
        "email",
        "e mail",
        "mail",
        "email address",
        "e mail address",
        "e mail adresse",
        "email adresse",
    ),
    "phone": ("phone", "telephone", "phone number", "mobile", "tel", "telefon", "telefonnummer", "handy"),
    "organization": (
        *("organization", "organisation", "company", "company name", "organization name", "account"),
        *("firma", "firmenname", "unternehmen"),
    ),
    "title": ("title", "lead", "lead title", "subject", "titel", "betreff", "bezeichnung"),
    "value": ("value", "amount", "deal value", "lead value", "wert", "betrag", "summe"),
    "currency": ("currency", "value currency", "währung"),
    "source": ("source", "lead source", "origin", "quelle", "herkunft"),
    "note": ("note", "notes", "comment", "comments", "message", "notiz", "notizen", "kommentar", "nachricht"),
}
MOST_LETTERS: Final = {
    "name": NAME_LETTERS,
    "email": EMAIL_LETTERS,
    "phone": PHONE_LETTERS,
    "organization": NAME_LETTERS,
    "title": 255,
    "source": 255,
    "note": 5000,
}
MOST_VALUE: Final = Decimal(10) ** 12
SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
NOBODY: Final = marked("There is neither a name nor an e-mail address nor an organization.")
NO_EMAIL: Final = marked("“{text}” is no e-mail address.")
NO_NUMBER: Final = marked("“{text}” is no number.")
NO_CURRENCY: Final = marked("“{text}” is no currency. Write three letters, like EUR.")
TOO_LONG: Final = marked("{field} is too long: at most {count} characters.")
TWICE: Final = marked("The same is in line {line} already.")
CUT: Final = 60  # letters of a cell that a reason repeats


class InvalidRow(InvalidRequest):
    """Raised when no lead can be made of a row; its text says why."""


@dataclass(frozen=True, slots=True)
class ImportedLead:
    """One lead as it will be made. `value` is None where the file has none."""

    name: str = ""
    email: str = ""
    phone: str = ""
    organization: str = ""
    title: str = ""
    value: float | None = None
    currency: str = ""
    note: str = ""


@dataclass(slots=True)
class CheckedRows:
    """The rows of which leads can be made, and the others with the reason; in the order of the file."""

    good: list[tuple[CsvRow, ImportedLead]] = field(default_factory=list)
    bad: list[tuple[CsvRow, str]] = field(default_factory=list)
    shared: int = 0  # good rows whose person is in an earlier one, too


def guess_columns(header: Sequence[str]) -> dict[str, int]:
    """Return which column holds what, by the names of the columns; what is not recognised is left out."""
    plain = [" ".join(re.sub(r"[\W_]+", " ", name.casefold()).split()) for name in header]
    known = {name: field for field, names in NAMES.items() for name in names}
    found: dict[str, int] = {}
    for index, name in enumerate(plain):
        if (field_name := known.get(name)) is not None:
            found.setdefault(field_name, index)
    return found


def check_rows(rows: Iterable[CsvRow], columns: Mapping[str, int], currency: str) -> CheckedRows:
    """Tell good rows from bad ones; one that says the same as an earlier one is bad."""
    found, seen, people = CheckedRows(), dict[tuple[object, ...], int](), set[str]()
    for row in rows:
        try:
            lead = read_lead(row.cells, columns, currency)
        except InvalidRow as wrong:
            found.bad.append((row, wrong.user_message))
            continue
        if (first := seen.setdefault(astuple(lead), row.line)) != row.line:
            found.bad.append((row, tr(TWICE, line=first)))
            continue
        found.good.append((row, lead))
        found.shared += lead.email in people
        people |= {lead.email} if lead.email else set()
    return found


def read_lead(cells: Sequence[str], columns: Mapping[str, int], currency: str) -> ImportedLead:
    """Return the lead of a row; `currency` is that of a value without one. Raises InvalidRow."""
    given = {name: _text(cells, columns, name) for name in FIELDS}
    if not (given["name"] or given["email"] or given["organization"]):
        raise InvalidRow(user_message=tr(NOBODY))
    for name, most in MOST_LETTERS.items():
        if len(given[name]) > most:
            raise InvalidRow(user_message=tr(TOO_LONG, field=tr(FIELDS[name]), count=most))
    email = given["email"].lower()
    if email and not is_email(email):
        raise InvalidRow(user_message=tr(NO_EMAIL, text=given["email"][:CUT]))
    value, symbol = _money(given["value"])
    code = _currency(given["currency"] or symbol or currency) if value is not None else ""
    source = f"{tr('Source')}: {given['source']}" if given["source"] else ""
    return ImportedLead(
        given["name"],
        email,
        given["phone"],
        given["organization"],
        given["title"] or given["organization"] or given["name"] or email,
        value,
        code,
        "\n".join(part for part in (source, given["note"]) if part),
    )


def _text(cells: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    index = columns.get(name, -1)
    text = cells[index] if 0 <= index < len(cells) else ""
    text = text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text  # of our own file
    return text.strip() if name == "note" else " ".join(text.split())


def _currency(text: str) -> str:
    code = SYMBOLS.get(text, text.upper())
    if not re.fullmatch("[A-Z]{3}", code):
        raise InvalidRow(user_message=tr(NO_CURRENCY, text=text[:CUT]))
    return code


def _money(text: str) -> tuple[float | None, str]:
    """Return the number of `1,234.50`, `1.234,50` or `€ 1234`, and the currency it names."""
    symbol = next((code for sign, code in SYMBOLS.items() if sign in text), "")
    if found := re.fullmatch(r"([A-Za-z]{3})\s*([^A-Za-z]*)|([^A-Za-z]*?)\s*([A-Za-z]{3})", text):
        symbol = (found[1] or found[4]).upper()
    plain = re.sub(r"[\s'\u2019€$£]|^[A-Za-z]{3}|[A-Za-z]{3}$", "", text)
    if not plain:
        return (None, "") if not text else _no_number(text)
    if not re.fullmatch(r"-?[0-9.,]{1,20}", plain):
        return _no_number(text)
    try:
        amount = Decimal(_with_point(plain))
    except InvalidOperation:
        return _no_number(text)
    return _no_number(text) if abs(amount) > MOST_VALUE else (float(amount), symbol)


def _with_point(plain: str) -> str:
    """Return a number with a decimal point and without marks of thousands, whichever of both they are."""
    if "," in plain and "." in plain:
        mark = "," if plain.rfind(".") > plain.rfind(",") else "."
        return plain.replace(mark, "").replace(",", ".")
    mark = "," if "," in plain else "."
    is_thousands = plain.count(mark) > 1 or bool(
        re.fullmatch(rf"-?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", plain)
    )
    return plain.replace(mark, "" if is_thousands else ".")


def _no_number(text: str) -> tuple[float | None, str]:
    raise InvalidRow(user_message=tr(NO_NUMBER, text=text[:CUT]))
