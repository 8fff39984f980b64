"""Reads a CSV file as programs for tables write it: UTF-8 or Windows-1252, commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.errors import InvalidRequest
from models.languages.translate import marked, tr

MOST_BYTES: Final = 1_000_000
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 100
SEPARATORS: Final = (",", ";", "\t")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that table programs calculate
HEAD: Final = 10_000  # characters in which the separator is looked for
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
EMPTY: Final = marked("The file is empty.")
NO_ROWS: Final = marked("The file has a header and no rows below it.")
NO_TEXT: Final = marked("This is no CSV file. In your table program, save it as CSV UTF-8.")
TOO_LONG: Final = marked("The file is too large: at most {count} bytes. Split it.")
TOO_MANY_ROWS: Final = marked("The file has more than {count} rows. Split it.")
TOO_MANY_COLUMNS: Final = marked("The file has more than {count} columns. Delete those that are not needed.")
BROKEN: Final = marked(
    "Line {line} cannot be read. Look for a quotation mark there that is opened and never closed."
)


class UnreadableFile(InvalidRequest):
    """Raised when a file is no CSV file, or too large; its text says what to do."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message=user_message)
        self.fields = [("content", user_message)]


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its line in the file, counted from 1, and its cells, as many as the header has."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The names of the columns, and the rows below them."""

    header: list[str]
    rows: list[CsvRow]


def decode(raw: bytes) -> str:
    """Return the text of a file. Raises UnreadableFile for one that is too large or no text."""
    if len(raw) > MOST_BYTES:
        raise UnreadableFile(tr(TOO_LONG, count=f"{MOST_BYTES:,}"))
    try:
        text = raw.decode("utf-16" if raw.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        if raw.startswith(_UTF_16):
            raise UnreadableFile(tr(NO_TEXT)) from None
        text = raw.decode("cp1252", "replace")
    if "\x00" in text:
        raise UnreadableFile(tr(NO_TEXT))
    return text


def read_csv(text: str) -> CsvFile:
    """Return the header and the rows of a file's text; empty rows are left out. Raises UnreadableFile."""
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise UnreadableFile(tr(EMPTY))
    if len(header.cells) > MOST_COLUMNS:
        raise UnreadableFile(tr(TOO_MANY_COLUMNS, count=MOST_COLUMNS))
    width, rows = len(header.cells), list[CsvRow]()
    for record in records:
        if len(rows) == MOST_ROWS:
            raise UnreadableFile(tr(TOO_MANY_ROWS, count=f"{MOST_ROWS:,}"))
        padding = [""] * (width - len(record.cells))
        rows.append(CsvRow(record.line, record.cells[:width] + padding))
    if not rows:
        raise UnreadableFile(tr(NO_ROWS))
    return CsvFile(header.cells, rows)


def _records(text: str) -> Iterator[CsvRow]:
    """Yield the rows that are not empty. Excel's first line `sep=;` names the separator."""
    named = text[:5].lower().startswith("sep=") and text[5:6] in ("\r", "\n")
    separator = text[4] if named and text[4] in SEPARATORS else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise UnreadableFile(tr(BROKEN, line=line)) from None
        if cells is None:
            return
        plain = [cell.strip() for cell in cells]
        if any(plain) and not (named and line == 1):
            yield CsvRow(line, plain)
        line = reader.line_num + 1


def _separator(text: str) -> str:
    """Return the separator that makes the most cells of the first line."""

    def cells(separator: str) -> int:
        reader = csv.reader(io.StringIO(text[:HEAD].lstrip(), newline=""), delimiter=separator)
        try:
            return len(next(reader, []))
        except csv.Error:
            return 0

    return max(SEPARATORS, key=cells)
