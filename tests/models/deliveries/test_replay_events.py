"""Events that failed are read again: of one tenant, by filter, in batches, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from models.accounts.actor import system
from models.database.engine import Database
from models.deliveries import replay_events as replay
from models.deliveries.replay_events import EventFilter, count_failed, replay_events
from models.tables import AuditEntry, Event
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, event

HOUR = timedelta(hours=1)


def fail(database: Database, tenant_id: int, count: int, state: str = "failed") -> list[int]:
    made = [
        event(
            tenant_id,
            f"{state}-{number}",
            state=state,
            outcome="OverflowError",
            lease_losses=4,
            received_at=NOON + number * HOUR,
        )
        for number in range(count)
    ]
    add(database, *made)
    return [each.id for each in made]


def run(database: Database, tenants: TwoTenants, event_filter: EventFilter, *, dry_run: bool = False) -> int:
    return replay_events(database, system(tenants.ours, "the test"), event_filter, dry_run=dry_run)


def new(database: Database) -> list[tuple[int, str]]:
    with database.reading_all() as session:
        query = select(Event.tenant_id, Event.source_key).where(Event.state == "new").order_by(Event.id)
        return [(tenant_id, key) for tenant_id, key in session.execute(query)]


def test_failed_events_are_new_again_as_if_nobody_had_read_them(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_VALUES", 2)
    fail(database, tenants.ours, 5)
    fail(database, tenants.ours, 1, state="unparsed")
    fail(database, tenants.theirs, 2)

    assert run(database, tenants, EventFilter()) == 5

    assert new(database) == [(tenants.ours, f"failed-{number}") for number in range(5)]
    with database.reading_all() as session:
        row = session.scalars(select(Event).where(Event.state == "new")).first()
        assert row is not None
        audit = session.scalars(select(AuditEntry)).one()
    assert (row.outcome, row.lease_losses) == ("", 0)
    assert (audit.tenant_id, audit.action) == (tenants.ours, "event.replayed")


@pytest.mark.parametrize(
    ("event_filter", "found"),
    [
        (EventFilter(since=NOON + HOUR), ["failed-1", "failed-2"]),
        (EventFilter(until=NOON + HOUR), ["failed-0"]),
        (EventFilter(state="unparsed"), ["unparsed-0"]),
        (EventFilter(ids=[]), []),
        (EventFilter(ids=[999]), []),
    ],
)
def test_a_filter_narrows_the_choice(
    database: Database, tenants: TwoTenants, event_filter: EventFilter, found: list[str]
) -> None:
    fail(database, tenants.ours, 3)
    fail(database, tenants.ours, 1, state="unparsed")

    assert run(database, tenants, event_filter, dry_run=True) == len(found)
    assert new(database) == []
    assert run(database, tenants, event_filter) == len(found)
    assert [key for _, key in new(database)] == found


def test_ids_of_another_tenant_are_left_alone(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = fail(database, tenants.ours, 2), fail(database, tenants.theirs, 2)

    assert run(database, tenants, EventFilter(ids=[ours[1], *theirs])) == 1
    assert new(database) == [(tenants.ours, "failed-1")]


def test_failed_events_are_counted_without_reading_the_others(
    database: Database, tenants: TwoTenants
) -> None:
    fail(database, tenants.ours, 3)
    fail(database, tenants.theirs, 2)
    fail(database, tenants.ours, 4, state="done")

    with database.reading_all() as session:
        assert (count_failed(session), count_failed(session, tenants.theirs)) == (5, 2)
        if database.is_sqlite:
            plan = session.execute(
                text("EXPLAIN QUERY PLAN SELECT 1 FROM events WHERE state = 'failed' LIMIT 9")
            )
            assert "ix_events_failed" in str(plan.all())
