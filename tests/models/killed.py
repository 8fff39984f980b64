"""Kills work between its steps: after each call of the database in turn, and of what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

MOST_STEPS: Final = 400
OF_A_SESSION: Final = ("execute", "scalar", "scalars", "flush")


class Killed(BaseException):
    """The process dies here: nothing that catches an Exception goes on."""


class Killer:
    """Counts steps, and dies at the one that was chosen; `has_died` says whether it came to that."""

    def __init__(self, step: int) -> None:
        self._left = step
        self.has_died = False

    def count(self) -> None:
        """Die if this is the step. Afterwards nothing dies any more."""
        self._left -= 1
        if self._left == 0:
            self.has_died = True
            raise Killed

    def after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that may die once it was made, if it wrote something."""

        def made(*args: Any, **more: Any) -> Any:
            wrote = _writes(*args)
            answer = call(*args, **more)
            if wrote:
                self.count()
            return answer

        return made


def _writes(owner: Any, *args: Any) -> bool:
    """Tell whether a call writes: dying after one that only reads is dying before it."""
    if not isinstance(owner, Session):
        return True
    if args:
        return isinstance(args[0], UpdateBase)
    return bool(owner.new or owner.dirty or owner.deleted)


def run_killed(step: int, work: Callable[[], Any], calls: Sequence[tuple[type, str]] = ()) -> bool:
    """Run work that dies at a step; return whether it came to that step.

    A step is a call of a session that writes, or one of `calls`, named as (class, method).
    """
    killer = Killer(step)
    with pytest.MonkeyPatch.context() as patched:
        for owner, name in (*((Session, each) for each in OF_A_SESSION), *calls):
            patched.setattr(owner, name, killer.after(getattr(owner, name)))
        try:
            work()
        except Killed:
            assert killer.has_died
    return killer.has_died


def at_every_step(scenario: Callable[[int], bool]) -> int:
    """Run a scenario that dies at step 1, then at step 2, until one ends without dying; return the steps."""
    for step in range(1, MOST_STEPS):
        if not scenario(step):
            return step - 1
    raise AssertionError(f"more than {MOST_STEPS} steps")
