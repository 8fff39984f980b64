"""Whatever step of routing a worker is killed at, everybody is asked once, and an owner is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.leads.arrivals import CLAIM
from models.routing.answers import accept, decline, expire
from models.tables import Assignment, Connection, LeadHistory, Notification
from tests.conftest import TwoTenants
from tests.models.acting import actions_of
from tests.models.killed import at_every_step, run_killed
from tests.models.leads.known import lead_id
from tests.models.routing.team import add_team, come, route_due, run_waits, set_policy, steps, waits_of
from tests.models.routing.test_offer import connect

LATE: Final = timedelta(minutes=31)
Work = Callable[[Assignment, datetime], None]


class Routed:
    """A team of three whose first has connected the team, so that owners are written."""

    def __init__(self, database: Database, tenants: TwoTenants) -> None:
        self.database, self.tenants = database, tenants
        self.people = add_team(database, tenants.ours)
        with database.writing(tenants.ours) as session:
            names = {"company_id": "7", "connected_by": self.people[0].name}
            session.add(Connection(tenant_id=tenants.ours, **names))
        for number, each in enumerate(self.people, 1):
            connect(database, each, number)
        set_policy(database, self.people, claim_minutes=30)

    def offer(self, number: int) -> Assignment:
        come(self.database, self.tenants.ours, number, owner_id=9)
        route_due(self.database, now())
        return self.of(number)[-1]

    def of(self, number: int) -> list[Assignment]:
        return [each for each in steps(self.database, self.tenants.ours) if each.object_id == lead_id(number)]

    def who(self, row: Assignment) -> Actor:
        return next(each for each in self.people if each.user_id == row.user_id)

    def expire(self, _: Assignment, at: datetime) -> None:
        run_waits(self.database, self.tenants, at, {CLAIM: expire})

    def accept(self, row: Assignment, at: datetime) -> None:
        with self.database.writing(row.tenant_id) as session:
            accept(session, self.who(row), row.id, at)

    def decline(self, row: Assignment, at: datetime) -> None:
        with self.database.writing(row.tenant_id) as session:
            decline(session, self.who(row), row.id, "Not mine", at)

    def check_once(self, number: int) -> None:
        """Each step of a lead was offered, told, waited for, written and noted once."""
        ours, rows = self.tenants.ours, self.of(number)
        assert [each.step for each in rows] == list(range(len(rows)))
        wanted = Counter(f"route-{each.id}" for each in rows)
        with self.database.reading(ours) as session:
            keys = Counter(session.scalars(select(Notification.key).where(Notification.tenant_id == ours)))
            mine = (LeadHistory.tenant_id == ours, LeadHistory.object_id == lead_id(number))
            lines = Counter(session.scalars(select(LeadHistory.key).where(*mine)))
        for found in (keys, Counter(each.key for each in waits_of(self.database, ours))):
            assert {key: found[key] for key in wanted} == wanted
        assert set(lines.values()) == {1}
        assert sum(key.startswith("route:") for key in lines) == len(rows)
        mine_written = [each for each in actions_of(self.database, ours) if each.object_id == lead_id(number)]
        pairs = Counter((each.do, each.fields["owner_id"]) for each in mine_written)
        assert set(pairs.values()) == {1}


@pytest.fixture
def routed(database: Database, tenants: TwoTenants) -> Routed:
    return Routed(database, tenants)


def test_an_offer_that_is_killed_is_made_once(routed: Routed) -> None:
    def scenario(step: int) -> bool:
        come(routed.database, routed.tenants.ours, step, owner_id=9)
        at = now()
        has_died = run_killed(step, lambda: route_due(routed.database, at))
        route_due(routed.database, now())
        assert [each.state for each in routed.of(step)] == ["offered"]
        routed.check_once(step)
        return has_died

    assert at_every_step(scenario) > 4


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        ("expire", ["expired", "offered"]),
        ("decline", ["declined", "offered"]),
        ("accept", ["accepted"]),
    ],
)
def test_an_answer_that_is_killed_holds_once(routed: Routed, answer: str, states: list[str]) -> None:
    work: Work = getattr(routed, answer)

    def scenario(step: int) -> bool:
        row = routed.offer(step)
        at = now() + (LATE if answer == "expire" else timedelta(0))

        def act() -> None:
            work(row, at)
            route_due(routed.database, at)

        has_died = run_killed(step, act)
        act()
        assert [each.state for each in routed.of(step)] == states
        routed.check_once(step)
        if answer == "expire":
            routed.accept(routed.of(step)[-1], at)  # so that it does not expire in the next scenario
        return has_died

    assert at_every_step(scenario) >= 3
