"""The ids of our rows, as people and buttons send them."""

from __future__ import annotations

from typing import Final

MOST_DIGITS: Final = 18  # more do not fit into 64 bits


def row_id(text: str) -> int | None:
    """Return the id that a text is, None for a text that can be no id of ours."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
