"""What a check is: a pure function of the facts of one deal, with its name, its texts, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.nudges.facts import DealFacts, Fix, NudgeFinding

Look = Callable[[DealFacts], NudgeFinding | None]


class CheckScope(StrEnum):
    """Which deals a check looks at, and whom it asks about them."""

    OPEN = "open"  # open deals; their owner
    LOST = "lost"  # deals lost lately; their owner
    NOBODYS = "nobodys"  # open deals; whoever looks after the team


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `gravity` puts lines in order, the highest first; `text` names it, `line` tells a finding.

    `line` may name `{fields}` and `{subject}`; how many days it is late is added.
    """

    name: str
    gravity: int
    text: str
    line: str
    fix: Fix
    scope: CheckScope
    look: Look


CHECKS: Final[dict[str, Check]] = {}


def check(
    name: str, *, gravity: int, text: str, line: str, fix: Fix, scope: CheckScope = CheckScope.OPEN
) -> Callable[[Look], Look]:
    """Register the decorated function as a check. Raises ValueError for a name that is taken."""

    def register(look: Look) -> Look:
        if name in CHECKS:
            raise ValueError(f"two checks are called {name!r}")
        CHECKS[name] = Check(name, gravity, text, line, fix, scope, look)
        return look

    return register
