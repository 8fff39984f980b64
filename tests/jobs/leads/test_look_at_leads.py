"""Leads that changed are looked at in batches; idle workers write nothing; one that fails, fails alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import update
from sqlalchemy.exc import DataError

from jobs.leads import look_at_leads
from jobs.leads.find_deals import DealFinder
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.leads import look
from models.leads.ends import origins
from models.leads.ends.origins import OriginQuestion
from models.tables import TrackedObject
from tests.conftest import TwoTenants
from tests.models.leads.known import happened, hear, lead_id, row


def test_every_lead_is_looked_at_in_batches(database: Database, tenants: TwoTenants) -> None:
    for number in (1, 2, 3):
        hear(database, tenants.ours, number)
    hear(database, tenants.theirs)
    turns = 1
    while look_at_leads.look_at_leads(database):
        turns += 1

    assert happened(database, tenants.ours, 3) == happened(database, tenants.theirs) == ["created"]
    assert not look_at_leads.look_at_leads(database)


POISON = 2  # the number of the lead over which something fails


def break_state(database: Database, tenant_id: int, number: int = POISON) -> None:
    """Let the stored state of a lead be unreadable."""
    with database.writing_all() as session:
        key = (TrackedObject.tenant_id == tenant_id, TrackedObject.object_id == lead_id(number))
        session.execute(update(TrackedObject).where(*key).values(state=b"{not JSON"))


def fail_over(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> None:
    """Let a function that gets a session and a lead fail over the poisoned lead."""
    real = getattr(module, name)

    def fail_or_work(session: Any, lead: Any, *more: Any) -> Any:
        if lead.object_id == lead_id(POISON):
            raise error
        return real(session, lead, *more)

    monkeypatch.setattr(module, name, fail_or_work)


def hear_three(database: Database, tenants: TwoTenants) -> None:
    for number in (1, POISON, 3):
        hear(database, tenants.ours, number)
    hear(database, tenants.theirs)


def assert_others_went_on(database: Database, tenants: TwoTenants) -> None:
    for tenant_id, number in ((tenants.ours, 1), (tenants.ours, 3), (tenants.theirs, 1)):
        assert happened(database, tenant_id, number) == ["created"]
        assert row(database, tenant_id, number).score is not None
    assert happened(database, tenants.ours, POISON) == []
    assert row(database, tenants.ours, POISON).score is None


def test_a_lead_with_an_unreadable_state_fails_alone(database: Database, tenants: TwoTenants) -> None:
    hear_three(database, tenants)
    break_state(database, tenants.ours)
    look_at_leads.look_at_leads(database)

    assert_others_went_on(database, tenants)
    assert not look_at_leads.look_at_leads(database)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), DataError("INSERT", {}, Exception("too long"))], ids=["code", "database"]
)
def test_what_was_noted_of_a_lead_that_fails_is_undone(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    hear_three(database, tenants)
    fail_over(monkeypatch, look, "score_lead", error)  # after its history was begun
    look_at_leads.look_at_leads(database)

    assert_others_went_on(database, tenants)


def test_a_lead_that_fails_waits_longer_each_time(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(database, tenants.ours, POISON)
    waits = []
    with (
        time_machine.travel(now() + timedelta(seconds=1), tick=False) as clock,
        monkeypatch.context() as broken,
    ):
        fail_over(broken, look, "score_lead", ZeroDivisionError())
        for _ in range(7):
            look_at_leads.look_at_leads(database)
            look_at = row(database, tenants.ours, POISON).look_at
            assert look_at is not None
            waits.append((look_at - now()) // timedelta(minutes=1))
            clock.move_to(look_at)
        broken.undo()
        look_at_leads.look_at_leads(database)

    assert waits == [1, 10, 60, 360, 1440, 1440, 1440]
    mended = row(database, tenants.ours, POISON)
    assert (mended.failed_looks, happened(database, tenants.ours, POISON)) == (0, ["created"])
    assert mended.score is not None


def test_a_database_that_is_away_is_no_fault_of_a_lead(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ping(_: Database) -> None:
        raise DatabaseUnavailable

    hear_three(database, tenants)
    fail_over(monkeypatch, look, "score_lead", DatabaseUnavailable("away"))
    monkeypatch.setattr("jobs.deliveries.parts.ping", ping)
    with pytest.raises(DatabaseUnavailable):
        look_at_leads.look_at_leads(database)

    assert [row(database, tenants.ours, number).failed_looks for number in (1, POISON, 3)] == [0, 0, 0]


class Asked(DealFinder):
    """Collects the questions."""

    def __init__(self) -> None:
        self.questions: list[OriginQuestion] = []

    def ask(self, questions: Any) -> None:
        self.questions += questions


def lose_three(database: Database, tenants: TwoTenants) -> None:
    """Archive leads of which deals may have been made, and let them be due again."""
    for tenant_id, number in ((tenants.ours, 1), (tenants.ours, POISON), (tenants.theirs, 1)):
        hear(database, tenant_id, number, person_id=number, is_archived=True)
        hear(database, tenant_id, 70 + number, entity="deal", title="x", status="open", person_id=number)
    look_at_leads.look_at_leads(database)


def test_a_lead_that_cannot_be_asked_about_keeps_no_other_waiting(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_three(database, tenants)
    fail_over(monkeypatch, origins, "_may_have_deal", ZeroDivisionError())
    asked = Asked()
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        look_at_leads.look_at_leads(database, asked)

    assert sorted((each.tenant_id, each.lead_id) for each in asked.questions) == sorted(
        (tenant_id, lead_id(1)) for tenant_id in tenants
    )


def test_only_leads_of_the_batch_are_asked_about(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are when it is their turn: in a backlog they would be asked about again and again."""
    lose_three(database, tenants)
    monkeypatch.setattr(look_at_leads, "BATCH", 2)
    asked = Asked()
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        look_at_leads.look_at_leads(database, asked)
        assert len(asked.questions) == 2
        look_at_leads.look_at_leads(database, asked)

    assert len(asked.questions) == 3
    assert len(set(asked.questions)) == 3
