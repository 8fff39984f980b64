"""Cuts what data asks for into pieces that one statement may name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, TypeVar

# PostgreSQL gives up on 8,000 pairs in one IN ("stack depth limit exceeded") and takes 65,535 values.
MOST_VALUES: Final = 500
Value = TypeVar("Value")


def chunks(values: Collection[Value], most: int = MOST_VALUES) -> Iterator[list[Value]]:
    """Yield the values in lists of at most `most`; nothing for none."""
    ordered = list(values)
    for start in range(0, len(ordered), most):
        yield ordered[start : start + most]
