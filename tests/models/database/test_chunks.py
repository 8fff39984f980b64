"""What one statement names is bounded."""

from __future__ import annotations

import pytest

from models.database.chunks import MOST_VALUES, chunks


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (MOST_VALUES, [500]), (MOST_VALUES + 1, [500, 1])]
)
def test_values_come_in_bounded_lists_in_their_order(count: int, sizes: list[int]) -> None:
    found = list(chunks(range(count)))

    assert [len(each) for each in found] == sizes
    assert [value for each in found for value in each] == list(range(count))
