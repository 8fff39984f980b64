"""A turn goes over the rows of all tenants, has an end, and fails for the failing row alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jobs.scheduled import leased_turns
from jobs.scheduled.leased_turns import LeasedTurns
from models.database.engine import Database, Session
from models.errors import DatabaseUnavailable
from models.tables import Rule
from tests.conftest import TwoTenants
from tests.models.rows import add, rule


class Turns:
    """Rules of both tenants, and what was done with them."""

    def __init__(self, database: Database, tenants: TwoTenants, name: str = "turn") -> None:
        self.done: list[str] = []
        self.error: Exception | None = None
        self.turns = LeasedTurns(database, name, lambda _: list(tenants), self.rows, self.work)

    def rows(self, session: Session, tenant_id: int) -> list[Rule]:
        return list(session.scalars(select(Rule).where(Rule.tenant_id == tenant_id).order_by(Rule.id)))

    def work(self, row: Rule) -> None:
        self.done.append(row.name)
        if self.error is not None and row.name == "A":
            raise self.error


@pytest.fixture
def turns(database: Database, tenants: TwoTenants) -> Turns:
    add(database, rule(tenants.ours, "A"), rule(tenants.ours, "B"), rule(tenants.theirs, "C"))
    return Turns(database, tenants)


def test_every_row_of_every_tenant_has_its_turn(turns: Turns) -> None:
    turns.turns.run()
    assert turns.done == ["A", "B", "C"]


def test_a_row_that_fails_keeps_no_other_waiting(turns: Turns) -> None:
    turns.error = ValueError("broken")
    turns.turns.run()
    assert turns.done == ["A", "B", "C"]


def test_without_a_database_the_turn_ends(turns: Turns) -> None:
    turns.error = DatabaseUnavailable()
    with pytest.raises(DatabaseUnavailable):
        turns.turns.run()
    assert turns.done == ["A"]


def test_another_worker_waits_for_the_lease(database: Database, tenants: TwoTenants, turns: Turns) -> None:
    turns.turns.run()
    second = Turns(database, tenants)
    second.turns.run()
    assert second.done == []
    other_job = Turns(database, tenants, "another")
    other_job.turns.run()
    assert other_job.done == ["A", "B", "C"]


def test_a_turn_ends_when_its_time_is_over(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leased_turns, "TURN_S", -1.0)
    turns.turns.run()
    assert turns.done == []


def test_the_next_turn_begins_behind_the_tenant_that_took_the_time(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 5.0, 10.0, 10.0, 10.0, 10.0, 10.0])
    monkeypatch.setattr(leased_turns, "monotonic", lambda: next(clock))
    turns.turns.run()
    assert turns.done == ["A"]
    turns.turns.run()
    assert turns.done == ["A", "C", "A", "B"]
