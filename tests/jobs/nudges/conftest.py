"""A team with deals, asked in the morning on a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from jobs.nudges.ask import Nudges
from jobs.nudges.view import view_of
from jobs.scheduled.leased_turns import LEASE
from models.accounts.actor import system
from models.database.engine import Database
from models.deliveries.claimed import read_one
from models.nudges.cards import NudgeView
from models.nudges.settings import get_plan, set_plan
from models.tables import Delivery, NudgeCard, NudgeLine, OpenListCheck, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.engine import HandClock
from tests.models.rows import add
from tests.models.stalled.following import change

MONDAY: Final = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY: Final = timedelta(days=1)
SOUND: Final[dict[str, Any]] = {
    "value": 100,
    "person_id": 3,
    "stage_id": 1,
    "expected_close_date": "2027-03-01",
    "add_time": "2026-11-20T08:00:00Z",
}


@dataclass
class Mornings:
    """Ada (user 7 of Pipedrive) and Max, the manager (8), and their team's deals."""

    database: Database
    tenant_id: int
    clock: HandClock
    people: dict[str, int] = field(default_factory=dict)

    def add_person(self, name: str, number: str, role: str = "sales_rep", **columns: Any) -> int:
        email = f"{name.lower()}@acme.test"
        user = User(tenant_id=self.tenant_id, email=email, role=role, display_name=name)
        user.chat_name, user.pipedrive_user_id = f"users/{name}", number
        for key, value in columns.items():
            setattr(user, key, value)
        known = PipedriveUser(tenant_id=self.tenant_id, pipedrive_id=number, name=name, seen_at=MONDAY)
        add(self.database, user, known)
        self.people[name] = user.id
        return user.id

    def switch_on(self, **wanted: Any) -> None:
        """Switch nudges on; of the plan what a test says."""
        with self.database.writing(self.tenant_id) as session:
            plan = replace(get_plan(session, self.tenant_id), is_on=True, **wanted)
            set_plan(session, system(self.tenant_id, "test"), plan, self.clock())

    def lists_are_read(self) -> None:
        checked = OpenListCheck(tenant_id=self.tenant_id, due_at=MONDAY + 7 * DAY, checked_at=MONDAY)
        checked.progress = {}
        add(self.database, checked)

    def deal(self, number: int, owner: int = 7, **state: Any) -> None:
        """A deal is changed now; one with nothing to mend but what a test says."""
        merged = SOUND | {"owner_id": owner} | state
        change(self.database, self.tenant_id, number, self.clock(), **merged)

    def activity(self, number: int, deal: int, days: int, *, done: bool = False, **more: Any) -> None:
        due = (self.clock() + days * DAY).date().isoformat()
        state: dict[str, Any] = {
            "deal_id": deal,
            "due_date": due,
            "done": done,
            "subject": f"Call {number}",
        } | more
        change(self.database, self.tenant_id, number, self.clock(), entity="activity", **state)

    def ask(self) -> None:
        Nudges(self.database).run()
        self.clock.advance(LEASE.total_seconds() + 1)  # the next worker is another one

    def cards(self, name: str = "Ada") -> list[NudgeCard]:
        with self.database.reading(self.tenant_id) as session:
            mine = (NudgeCard.tenant_id == self.tenant_id, NudgeCard.user_id == self.people[name])
            return list(session.scalars(select(NudgeCard).where(*mine).order_by(NudgeCard.day)))

    def lines(self, name: str = "Ada") -> list[tuple[str, str]]:
        """What the last card of a person asked for, by check and deal, the worst first."""
        card = self.cards(name)[-1]
        with self.database.reading(self.tenant_id) as session:
            mine = (NudgeLine.tenant_id == self.tenant_id, NudgeLine.card_id == card.id)
            rows = session.scalars(select(NudgeLine).where(*mine).order_by(NudgeLine.rank))
            return [(row.check_name, row.deal_id) for row in rows]

    def sent(self) -> list[Delivery]:
        with self.database.reading(self.tenant_id) as session:
            mine = (Delivery.tenant_id == self.tenant_id, Delivery.lane.like("dm:%"))
            return list(session.scalars(select(Delivery).where(*mine).order_by(Delivery.id)))

    def view(self, name: str = "Ada", place: int = -1) -> NudgeView:
        """A card of a person as it is drawn now."""
        card = self.cards(name)[place]
        assert card.delivery_id is not None
        with self.database.reading(self.tenant_id) as session:
            head = read_one(session, self.tenant_id, card.delivery_id)
        assert head is not None
        found = view_of(self.database, head)
        assert found is not None
        return found

    def shown(self, name: str = "Ada", place: int = -1) -> list[tuple[str, str]]:
        return [(each.check, each.change.object_id) for each in self.view(name, place).lines]


@pytest.fixture
def mornings(database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> Mornings:
    clock = HandClock(MONDAY)
    for module in (
        "jobs.nudges.ask",
        "jobs.nudges.view",
        "jobs.scheduled.leased_turns",
        "models.stalled.track",
    ):
        monkeypatch.setattr(f"{module}.now", clock)
    made = Mornings(database, tenants.ours, clock)
    made.add_person("Ada", "7")
    made.add_person("Max", "8", "manager")
    return made
