"""Who gets a lead: pure decisions, the same for the same facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from models.tables.routing import RoutingMethod


@dataclass(slots=True)
class Member:
    """A member of a policy at a moment: their load, and whether they may get leads now.

    `open_leads` are those that they own or that are offered to them, `today` those that they got today.
    """

    user_id: int
    open_leads: int = 0
    today: int = 0
    is_away: bool = False
    is_working: bool = True


@dataclass(frozen=True, slots=True)
class Caps:
    """How many leads a person gets at most, 0 for any number; `in_hours`: only while they work."""

    most_open: int = 0
    most_today: int = 0
    in_hours: bool = False

    def allow(self, candidate: Member) -> bool:
        """Return whether a person may get one more lead now."""
        if candidate.is_away or (self.in_hours and not candidate.is_working):
            return False
        if self.most_open and candidate.open_leads >= self.most_open:
            return False
        return not self.most_today or candidate.today < self.most_today


def next_of(order: Sequence[int], last: int | None, may: Callable[[int], bool]) -> int | None:
    """Return the first who may, beginning behind `last` in the order and going once around."""
    start = order.index(last) + 1 if last in order else 0
    return next((each for each in (*order[start:], *order[:start]) if may(each)), None)


def choose(
    method: str,
    order: Sequence[int],
    people: Mapping[int, Member],
    caps: Caps,
    last: int | None,
    without: Collection[int] = (),
) -> int | None:
    """Return who of `order` gets a lead, None if nobody may.

    `last` is who got the one before, `without` are people who had this lead already. Of several with the
    fewest open leads the one behind `last` is meant.
    """

    def may(user_id: int) -> bool:
        return user_id in people and user_id not in without and caps.allow(people[user_id])

    if method != RoutingMethod.LOAD:
        return next_of(order, last, may)
    least = min((people[each].open_leads for each in order if may(each)), default=0)
    return next_of(order, last, lambda each: may(each) and people[each].open_leads == least)
