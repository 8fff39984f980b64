"""What a check is: a pure function of the facts of one deal, with its name, its texts, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from models.nudges.facts import DealFacts, Finding, Fix

Look = Callable[[DealFacts], Finding | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `gravity` puts lines in order, the highest first; `text` names it, `line` tells a finding.

    `line` may name
    `{fields}` and `{subject}`; how many days it is late is added. `of_closed`: it looks at lost deals, else at open
    ones. `for_managers`: whoever looks after the team is asked, not the owner.
    """

    name: str
    gravity: int
    text: str
    line: str
    fix: Fix
    look: Look
    of_closed: bool = False
    for_managers: bool = False


CHECKS: Final[dict[str, Check]] = {}


def check(
    name: str,
    *,
    gravity: int,
    text: str,
    line: str,
    fix: Fix,
    of_closed: bool = False,
    for_managers: bool = False,
) -> Callable[[Look], Look]:
    """Register the decorated function as a check. Raises ValueError for a name that is taken."""

    def register(look: Look) -> Look:
        if name in CHECKS:
            raise ValueError(f"two checks are called {name!r}")
        CHECKS[name] = Check(name, gravity, text, line, fix, look, of_closed, for_managers)
        return look

    return register
