"""Letters as people count them: one with its accents, a flag, a family of emoji."""

import unicodedata
from collections.abc import Iterator
from typing import Final

_JOINER: Final = "\u200d"
MOST_IN_A_LETTER: Final = 16  # characters; a family of emoji has up to 11, more marks on one are a prank


def letter_ends(text: str) -> Iterator[int]:
    """Yield where each letter ends, as people count letters (grapheme clusters, after UAX #29)."""
    start, end = 0, 1
    while start < len(text):
        flag = _is_flag(text[start])
        while end < len(text) and end - start < MOST_IN_A_LETTER and _joins(text[end - 1], text[end], flag):
            flag = False  # a flag is two of its letters
            end += 1
        yield end
        start, end = end, end + 1


def _joins(before: str, letter: str, flag: bool) -> bool:
    """Whether a character belongs to the same letter as the one before it."""
    if letter < "\u0300":
        return False
    if _JOINER in (before, letter) or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return True
    if flag and _is_flag(letter):
        return True
    if "\u1160" <= letter <= "\u11ff":  # the vowels and finals of a Korean syllable
        return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return unicodedata.category(letter)[0] == "M"


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
