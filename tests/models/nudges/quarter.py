"""A pipeline that changes from day to day, and an oracle of its own that says what a person should hear of.

The oracle reads the deals as this file keeps them, never the product's rows, and states each check anew.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from models.database.engine import Database
from tests.models.stalled.following import change

DAY: Final = timedelta(days=1)
PEOPLE: Final = tuple(range(1, 21))  # users of Pipedrive; the first one manages the team
LEAVES: Final = 21  # a user whose deals are left behind
STRICT_STAGE: Final = 3  # requires a close date, and allows ten days
STUCK: Final = {1: 30, 2: 30, STRICT_STAGE: 10}
Found = set[tuple[str, str]]


@dataclass
class Deal:
    """One deal as the test knows it. `calls` are the due days of its activities that are not done."""

    number: int
    owner: int
    value: int | None
    person: int | None
    closes: date | None
    stage: int
    stage_since: datetime
    changed_at: datetime
    status: str = "open"
    reason: str = ""
    calls: dict[int, date] = field(default_factory=dict)

    def lacks(self, at: datetime, *, has_left: bool) -> Iterator[str]:
        """Say what is to be mended at a moment, check by check."""
        today, idle = at.date(), at - self.changed_at
        is_late = self.closes is not None and self.closes < today
        is_near = self.closes is not None and today <= self.closes <= today + 14 * DAY
        is_open, is_strict = self.status == "open", self.stage == STRICT_STAGE
        found = {
            "lost_without_reason": self.status == "lost" and not self.reason and idle <= 14 * DAY,
            "orphan_owner": is_open and has_left,
            "close_date_past": is_open and is_late,
            "stale_forecast": is_open and is_near and idle >= 10 * DAY,
            "overdue_activity": is_open and any(due + 2 * DAY <= today for due in self.calls.values()),
            "no_next_activity": is_open and not self.calls,
            "no_value": is_open and not self.value,
            "no_contact": is_open and self.person is None,
            "missing_fields": is_open and is_strict and self.closes is None,
            "stuck_in_stage": is_open and at - self.stage_since >= STUCK[self.stage] * DAY,
        }
        return (check for check, is_found in found.items() if is_found)


class Pipeline:
    """The deals of a team. What changes is told as Pipedrive's webhooks would, and kept for the oracle."""

    def __init__(self, database: Database, tenant_id: int, seed: int, at: datetime) -> None:
        self._database, self._tenant_id, self._random = database, tenant_id, random.Random(seed)
        self._call = 10_000
        self.has_left = False
        self.deals: dict[str, Deal] = {}
        for number in range(1, 43):
            self.begin(number, at)

    def begin(self, number: int, at: datetime) -> None:
        owner = (*PEOPLE, LEAVES)[number % 21]
        pick = self._random
        closes = at.date() + pick.randrange(5, 60) * DAY if pick.random() < 0.8 else None
        made = Deal(number, owner, pick.choice([None, 0, 500]), pick.choice([None, 3]), closes, 1, at, at)
        self.deals[str(number)] = made
        self.tell(made, at)
        if pick.random() < 0.7:
            self.plan_call(made, at)

    def tell(self, deal: Deal, at: datetime) -> None:
        deal.changed_at = at
        state: dict[str, Any] = {
            "owner_id": deal.owner,
            "value": deal.value,
            "person_id": deal.person,
            "expected_close_date": deal.closes.isoformat() if deal.closes else None,
            "stage_id": deal.stage,
            "stage_change_time": deal.stage_since.isoformat(),
            "status": deal.status,
            "lost_reason": deal.reason or None,
        }
        change(self._database, self._tenant_id, deal.number, at, **state)

    def plan_call(self, deal: Deal, at: datetime) -> None:
        self._call += 1
        due = at.date() + self._random.randrange(1, 12) * DAY
        deal.calls[self._call] = due
        self._tell_call(deal, self._call, due, at)

    def finish_call(self, deal: Deal, number: int, at: datetime) -> None:
        self._tell_call(deal, number, deal.calls.pop(number), at, done=True)

    def _tell_call(self, deal: Deal, number: int, due: date, at: datetime, **more: Any) -> None:
        state = {"deal_id": deal.number, "due_date": due.isoformat(), "subject": "Call", **more}
        change(self._database, self._tenant_id, number, at, entity="activity", **state)

    def live(self, at: datetime) -> None:
        """Let a day's work happen: some of the deals change, each by chance."""
        for deal in list(self.deals.values()):
            if self._random.random() < 0.12:
                self._change(deal, at)

    def _change(self, deal: Deal, at: datetime) -> None:
        pick = self._random
        what = pick.choice(["value", "person", "closes", "stage", "call", "called", "owner", "end"])
        if deal.status != "open":
            deal.status, deal.reason, deal.stage, deal.stage_since = "open", "", 1, at
        elif what == "call":
            self.plan_call(deal, at)
            return
        elif what == "called":
            for number in list(deal.calls)[:1]:
                self.finish_call(deal, number, at)
            return
        elif what == "value":
            deal.value = pick.choice([None, 0, 900])
        elif what == "person":
            deal.person = pick.choice([None, 4])
        elif what == "closes":
            deal.closes = pick.choice([None, at.date() + pick.randrange(-5, 40) * DAY])
        elif what == "stage":
            deal.stage, deal.stage_since = deal.stage % 3 + 1, at
        elif what == "owner":
            deal.owner = pick.choice(PEOPLE)
        else:
            deal.status = pick.choice(["won", "lost"])
            deal.reason = pick.choice(["", "Price"]) if deal.status == "lost" else ""
        self.tell(deal, at)

    def mend(self, check: str, number: str, at: datetime) -> None:
        """Do what a line asks for, in Pipedrive."""
        deal = self.deals[number]
        if check == "overdue_activity":
            for call, due in list(deal.calls.items()):
                if due + 2 * DAY <= at.date():
                    self.finish_call(deal, call, at)
            return
        if check == "no_next_activity":
            self.plan_call(deal, at)
            return
        if check in ("close_date_past", "stale_forecast", "missing_fields"):
            deal.closes = at.date() + 30 * DAY
        elif check == "stuck_in_stage":
            deal.stage, deal.stage_since = deal.stage % 3 + 1, at
        elif check == "orphan_owner":
            deal.owner = self._random.choice(PEOPLE)
        else:
            fixes = {"no_value": ("value", 700), "no_contact": ("person", 5)}
            name, value = fixes.get(check, ("reason", "Budget"))
            setattr(deal, name, value)
        self.tell(deal, at)

    def expected(self, person: int, at: datetime) -> Found:
        """Return what a person should be asked for: of their own deals, and of those left behind."""
        found: Found = set()
        for key, deal in self.deals.items():
            has_left = deal.owner == LEAVES and self.has_left
            for check in deal.lacks(at, has_left=has_left):
                asked = PEOPLE[0] if check == "orphan_owner" else deal.owner
                found |= {(check, key)} if asked == person else set()
        return found


def mornings(first: date, days: int) -> Iterator[datetime]:
    """The mornings of so many days, weekends too."""
    return (datetime.combine(first + day * DAY, time(9), UTC) for day in range(days))
