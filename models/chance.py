"""Ids and random numbers that are no secrets. A simulation draws them from its seed (`tests/simulation`)."""

from __future__ import annotations

import random
import uuid
from typing import Protocol


class ChanceSource(Protocol):
    """A source of ids (32 hexadecimal digits, never twice the same) and of numbers from 0 to below 1."""

    def new_id(self) -> str: ...

    def fraction(self) -> float: ...


class SystemChance:
    """The source of the machine."""

    def new_id(self) -> str:
        return uuid.uuid4().hex

    def fraction(self) -> float:
        return random.random()  # noqa: S311 - it spreads retries


source: ChanceSource = SystemChance()


def new_id() -> str:
    """Return an id of 32 hexadecimal digits that nothing else has."""
    return source.new_id()


def fraction() -> float:
    """Return a random number from 0 to below 1."""
    return source.fraction()
