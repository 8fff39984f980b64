"""Ids and random numbers that are no secrets. A simulation draws them from its seed (`tests/simulation`)."""

from __future__ import annotations

import os
import random
from typing import Protocol


class ChanceSource(Protocol):
    """A source of ids (32 hexadecimal digits, never twice the same) and of numbers from 0 to below 1."""

    def new_id(self) -> str: ...

    def fraction(self) -> float: ...


class SystemChance:
    """The source of the machine.

    The kernel seeds it at the start, and again in each forked process. To ask the kernel for each id gives
    the interpreter lock away each time: that was 5 % of a busy worker's time.
    """

    def __init__(self) -> None:
        self._random = random.Random()  # noqa: S311 - no secrets; its own, since tests seed Python's
        os.register_at_fork(after_in_child=self._random.seed)

    def new_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def fraction(self) -> float:
        return self._random.random()


source: ChanceSource = SystemChance()


def new_id() -> str:
    """Return an id of 32 hexadecimal digits that nothing else has."""
    return source.new_id()


def fraction() -> float:
    """Return a random number from 0 to below 1."""
    return source.fraction()
