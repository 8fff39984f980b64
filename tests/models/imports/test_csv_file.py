"""Files are read as table programs write them; whatever else comes is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.imports.csv_file import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, UnreadableFile, decode, read_csv

UMLAUTS = "Name;Firma\r\nJürgen Groß;Käse\r\n"
GOOD = {
    "utf-8": ("Name,Firma\nJürgen Groß,Käse\n".encode(), ["Jürgen Groß", "Käse"]),
    "with a mark": (b"\xef\xbb\xbf" + UMLAUTS.encode(), ["Jürgen Groß", "Käse"]),
    "of Excel": (UMLAUTS.encode("cp1252"), ["Jürgen Groß", "Käse"]),
    "utf-16": (UMLAUTS.encode("utf-16"), ["Jürgen Groß", "Käse"]),
    "tabs": (b"Name\tFirma\nBo\tA, B; C\n", ["Bo", "A, B; C"]),
    "separator named": (b"sep=;\nName,x;Firma\nBo;A\n", ["Bo", "A"]),
    "quotes": (b'Name,Firma\n"Bo ""the"" B","A, B"\n', ['Bo "the" B', "A, B"]),
    "a newline in a cell": (b'Name,Firma\n"Bo","A\nB"\n', ["Bo", "A\nB"]),
    "old Mac": (b"Name,Firma\rBo,A\r", ["Bo", "A"]),
    "too few cells": (b"Name,Firma\nBo\n", ["Bo", ""]),
    "too many cells": (b"Name,Firma\nBo,A,B,C\n", ["Bo", "A"]),
    "a formula": (b"Name,Firma\n=1+1,A\n", ["=1+1", "A"]),
    "a quote never closed": (b'Name,Firma\n"Bo,A\n', ["Bo,A", ""]),
}
BAD = {
    "empty": (b"", "empty"),
    "only blanks": (b"\xef\xbb\xbf \r\n ;\r\n", "empty"),
    "only a header": (b"Name,Firma\n", "no rows"),
    "a picture": (b"\x89PNG\x00\x00", "no CSV file"),
    "half of utf-16": (b"\xff\xfea", "no CSV file"),
    "NUL": (b"Name\nB\x00o\n", "no CSV file"),
    "too large": (b"x" * (MOST_BYTES + 1), "too large"),
    "too many rows": (b"Name\n" + b"Bo\n" * (MOST_ROWS + 1), "2,000 rows"),
    "too many columns": (b"x," * MOST_COLUMNS + b"x\nBo\n", "100 columns"),
    "an endless cell": (b'Name\nBo\n"' + b"x" * 200_000, "Line 3"),
}


@pytest.mark.parametrize(("raw", "cells"), GOOD.values(), ids=GOOD)
def test_a_file_is_read(raw: bytes, cells: list[str]) -> None:
    file = read_csv(decode(raw))
    assert [each.cells for each in file.rows] == [cells]
    assert len(file.header) == 2


@pytest.mark.parametrize(("raw", "words"), BAD.values(), ids=BAD)
def test_what_is_no_file_of_rows_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_csv(decode(raw))
    assert words in refused.value.user_message


def test_rows_keep_the_line_they_begin_in() -> None:
    file = read_csv('Name,Note\n\nBo,"a\nb\nc"\n,\nCy,\n')
    assert [(each.line, each.cells[0]) for each in file.rows] == [(3, "Bo"), (7, "Cy")]


@given(
    st.one_of(st.binary(max_size=300), st.text(alphabet='Na,;\t"\r\n\x00=ü ', max_size=80).map(str.encode))
)
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    try:
        file = read_csv(decode(raw))
    except UnreadableFile:
        return
    assert file.rows
    assert {len(each.cells) for each in file.rows} == {len(file.header)}
