"""Keeps what becomes of short texts: most of a card are labels and names, the same on many cards."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar, cast

SHORT: Final = 80  # letters
MOST: Final = 4096
Work = TypeVar("Work", bound=Callable[..., str])


def keep_for_short(work: Work) -> Work:
    """Return a function that calls `work`, and for a short text only once: what comes of it is kept.

    The text is the first argument; all of them are given by their places.
    """
    kept = lru_cache(maxsize=MOST)(work)

    @wraps(work)
    def choose(text: object, *more: Any) -> str:
        return kept(text, *more) if type(text) is str and len(text) <= SHORT else work(text, *more)

    return cast(Work, choose)
