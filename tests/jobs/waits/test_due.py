"""Reminders by the clock of the workers, up to the card in the direct message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.waits.due import Waits
from models.reminders.remind import REMIND
from models.stalled.track import packed
from models.tables import DurableWait, User
from models.tables.stalled import TrackedObject
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock
from tests.models.rows import add


@pytest.fixture
def waits(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Waits:
    for module in ("jobs.waits.due", "jobs.scheduled.leased_turns"):
        monkeypatch.setattr(f"{module}.now", clock)
    return Waits(bench.database)


def remind(bench: Bench, tenant_id: int, **columns: str) -> None:
    person = User(tenant_id=tenant_id, email=f"ada{tenant_id}@acme.test", chat_name=f"users/{tenant_id}")
    add(bench.database, person)
    row = DurableWait(tenant_id=tenant_id, user_id=person.id, action=REMIND, key="k", **columns)
    row.due_at, row.details = bench.clock.at + timedelta(hours=1), {"words": f"of {tenant_id}"}
    row.created_at = bench.clock.at
    add(bench.database, row)


def titles(bench: Bench, tenant_id: int) -> list[str]:
    found = bench.deliveries(tenant_id)
    return [str((each.notice or {}).get("title")) for each in found]


def test_due_reminders_are_sent_once_by_two_workers(bench: Bench, tenants: TwoTenants, waits: Waits) -> None:
    for tenant_id in tenants:
        remind(bench, tenant_id)
    other = Waits(bench.database)
    waits.run_due()
    assert [titles(bench, each) for each in tenants] == [[], []]

    bench.clock.advance(3601)
    for _ in range(2):
        waits.run_due()
        other.run_due()
        bench.clock.advance(11)  # the lease of the one ends, and the other has its turn

    assert [titles(bench, each) for each in tenants] == [[f"Reminder: of {each}"] for each in tenants]


def test_a_closed_deal_ends_a_reminder_early(bench: Bench, tenants: TwoTenants, waits: Waits) -> None:
    remind(bench, tenants.ours, entity="deal", object_id="42", ends_if="closed")
    at = bench.clock.at
    row = TrackedObject(tenant_id=tenants.ours, entity="deal", object_id="42", is_open=False)
    row.changed_at = row.heard_at = at
    row.state = packed("deal", {"title": "Lamps", "status": "won"}, None)
    add(bench.database, row)

    waits.end_met()
    bench.clock.advance(3601)
    waits.run_due()

    assert titles(bench, tenants.ours) == []
