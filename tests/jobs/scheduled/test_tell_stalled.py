"""From a webhook to the card of a stalled deal, through the same rules as any event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from jobs.scheduled.tell_stalled import BATCH, tell_stalled
from models.tables import PipedriveUser
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, HandClock, link
from tests.models.rows import add
from tests.models.stalled.following import body

DAY = timedelta(days=1).total_seconds()


@pytest.fixture
def days(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("jobs.scheduled.tell_stalled.now", clock)
    return bench


def look(bench: Bench) -> None:
    """Do what a worker does: look at what is due, fan out, send."""
    while tell_stalled(bench.database):
        pass
    bench.spread()
    bench.send_all(10)


def events_of(bench: Bench, tenant_id: int) -> list[str]:
    return [each.event_type for each in bench.deliveries(tenant_id)]


def test_a_rule_for_stalled_deals_fires_at_each_threshold(days: Bench, tenants: TwoTenants) -> None:
    when = {"field": "stalled_days", "op": "at_least", "value": 7}
    link(days.database, tenants.ours, on=["deal.stalled"], conditions=when)
    link(days.database, tenants.theirs, "spaces/CCCC", on=["deal.stalled"])
    days.receive(tenants.ours, body("deal", 1, days.clock.at, title="Acme renewal"))
    days.spread()

    for _ in range(20):
        days.clock.advance(DAY)
        look(days)

    assert events_of(days, tenants.ours) == ["deal.stalled", "deal.stalled"]
    assert events_of(days, tenants.theirs) == []
    assert [message["fallbackText"].startswith("Acme renewal") for message in days.chat.cards(SPACE)]


def test_wildcards_hear_of_it_and_a_won_deal_is_silent(days: Bench, tenants: TwoTenants) -> None:
    link(days.database, tenants.ours, on=["deal.*"])
    for number in (1, 2):
        days.receive(tenants.ours, body("deal", number, days.clock.at, action="create"))
    days.spread()
    days.clock.advance(DAY)
    days.receive(tenants.ours, body("deal", 2, days.clock.at, status="won"))
    days.spread()
    days.clock.advance(2.5 * DAY)
    look(days)
    assert events_of(days, tenants.ours) == ["deal.created", "deal.created", "deal.updated", "deal.stalled"]


def test_an_overdue_activity_makes_one_card(days: Bench, tenants: TwoTenants) -> None:
    link(days.database, tenants.ours, on=["activity.overdue"])
    days.receive(
        tenants.ours, body("activity", 5, days.clock.at, subject="Call Grace", due_date="2026-11-21")
    )
    days.spread()
    for _ in range(5):
        days.clock.advance(DAY)
        look(days)
    assert events_of(days, tenants.ours) == ["activity.overdue"]


def test_a_restricted_deal_stays_so(days: Bench, tenants: TwoTenants) -> None:
    for number in ("7", "8"):
        add(days.database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id=number))
    link(days.database, tenants.ours, on=["deal.stalled"])
    seen = {"permitted_user_ids": ["7"]}
    days.receive(tenants.ours, body("deal", 1, days.clock.at, title="Secret", meta=seen))
    days.spread()
    days.clock.advance(4 * DAY)
    look(days)
    (message,) = days.chat.cards(SPACE)
    assert "Secret" not in str(message)


def test_two_workers_and_repeats_tell_it_once(days: Bench, tenants: TwoTenants) -> None:
    link(days.database, tenants.ours, on=["deal.stalled"])
    days.receive(tenants.ours, body("deal", 1, days.clock.at))
    days.spread()
    days.clock.advance(4 * DAY)
    other = days.another()
    for _ in range(3):
        tell_stalled(days.database)
        tell_stalled(other.database)
    days.spread()
    other.spread()
    assert events_of(days, tenants.ours) == ["deal.stalled"]


def test_a_hundred_thousand_open_deals_are_looked_at_in_batches(days: Bench, tenants: TwoTenants) -> None:
    days.receive(tenants.ours, body("deal", 1, days.clock.at))
    days.spread()
    copied = """
        INSERT INTO tracked_objects (tenant_id, entity, object_id, is_open, changed_at, heard_at, next_at,
                                     state)
        WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 100999)
        SELECT t.tenant_id, t.entity, CAST(n.i AS text), t.is_open, t.changed_at, t.heard_at, t.next_at,
               t.state
        FROM n, tracked_objects t
    """
    with days.database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text(copied))
        connection.commit()
    days.clock.advance(4 * DAY)

    assert tell_stalled(days.database)

    assert len(days.events(tenants.ours)) == BATCH + 1
