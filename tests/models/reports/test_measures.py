"""Measures are written to a row of the roll-up and read again, and pairs are added up to wider wholes."""

from __future__ import annotations

from collections import Counter

from models.reports.measures import (
    ALL,
    COLUMNS,
    DESTINATION,
    PAIR,
    FigureKey,
    Measures,
    add_up,
    measures_of,
    row_of,
    table_columns,
    whole_of,
)
from models.tables import Figure

COUNTED: Measures = Counter({"delivered": 3, "redacted": 1, 120: 2, 4500: 1})


def test_a_row_holds_what_was_counted() -> None:
    whole = FigureKey(PAIR, 7, 8)
    row = row_of(1, "2026-11-28T09", whole, COUNTED)

    assert set(row) == set(table_columns())
    assert row["took"] == {"120": 2, "4500": 1}
    assert (whole_of(Figure(**row)), measures_of(Figure(**row))) == (whole, COUNTED)
    assert set(COLUMNS) < set(table_columns())


def test_pairs_are_added_up_to_destinations_and_to_all() -> None:
    found = add_up(
        [(FigureKey(PAIR, 1, 8), COUNTED), (FigureKey(PAIR, 2, 8), COUNTED), (FigureKey(PAIR, 2, 9), COUNTED)]
    )

    assert found[FigureKey(ALL)]["delivered"] == 9
    assert found[FigureKey(DESTINATION, destination_id=8)][120] == 4
    assert found[FigureKey(PAIR, 2, 9)] == COUNTED
