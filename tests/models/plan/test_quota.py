"""Which places a month has: what was sent and what is on its way takes one each, of one tenant alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from models.database.engine import Database
from models.events.day_usage import add_usage
from models.plan import quota
from models.tables import Delivery, Destination, Event, Tenant
from models.tables.deliveries import QUOTA, DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add


@pytest.mark.parametrize(
    ("at", "turns"),
    [("2026-11-20", "2026-12-01"), ("2026-12-31", "2027-01-01"), ("2027-01-01", "2027-02-01")],
)
def test_a_month_ends_when_the_next_begins(at: str, turns: str) -> None:
    day = datetime.fromisoformat(at).replace(hour=23, tzinfo=UTC)

    assert quota.month_after(day) == datetime.fromisoformat(turns).replace(tzinfo=UTC)


def limited(database: Database, tenants: TwoTenants, limit: int = 5) -> None:
    """Give both tenants a limit, a destination and three events."""
    with database.writing_all() as session:
        session.execute(update(Tenant).values(monthly_limit=limit))
    for each in tenants:
        lane = f"spaces/{each}"
        add(database, Destination(tenant_id=each, kind="chat_space", name=lane, lane=lane, address=lane))
        for number in range(3):
            add(database, Event(tenant_id=each, source_key=f"{each}-{number}", raw=b"{}", received_at=NOON))


def row_of(tenant_id: int, event: int, destination: int = 1, **more: Any) -> dict[str, Any]:
    usual = {"event_id": event, "destination_id": destination, "state": "pending", "is_urgent": False}
    return {"tenant_id": tenant_id, "reason": "", **usual, **more}


def test_new_cards_take_the_places_that_are_left(database: Database, tenants: TwoTenants) -> None:
    limited(database, tenants, limit=5)
    with database.writing_all() as session:
        add_usage(session, NOON.date(), {tenants.ours: {"cards": 2}})
    lane = {"lane": "spaces/1", "tenant_id": tenants.ours}
    add(database, Delivery(**lane, event_id=1, request_id="open", state=DeliveryState.PENDING))
    add(database, Delivery(**lane, request_id="notice", state=DeliveryState.PENDING))
    add(database, Delivery(**lane, event_id=2, request_id="over", state=DeliveryState.DEAD))
    rows = [row_of(tenants.ours, event) for event in (7, 7, 8, 9)]
    rows += [row_of(tenants.theirs, event) for event in range(10, 16)]
    rows += [row_of(tenants.ours, 10, state="skipped"), row_of(tenants.ours, 11, is_urgent=True)]

    with database.writing_all() as session:
        quota.hold_over_quota(session, rows, NOON)

    ours = [
        (row["event_id"], row["state"], row["reason"]) for row in rows if row["tenant_id"] == tenants.ours
    ]
    assert ours == [
        (7, "pending", ""),
        (7, "pending", ""),
        (8, "pending", ""),
        (9, "held", QUOTA),
        (10, "skipped", ""),
        (11, "held", QUOTA),
    ]
    theirs = [row["reason"] for row in rows if row["tenant_id"] == tenants.theirs]
    assert theirs == ["", "", "", "", "", QUOTA]
    held = [row for row in rows if row["reason"] == QUOTA]
    assert [row["is_silent"] for row in held] == [True, True, False]


def test_without_a_limit_nothing_is_held(database: Database, tenants: TwoTenants) -> None:
    rows = [row_of(tenants.ours, event) for event in range(50)]

    with database.writing_all() as session:
        quota.hold_over_quota(session, rows, NOON)

    assert {row["state"] for row in rows} == {"pending"}
    with database.reading(tenants.ours) as session:
        assert quota.usage(session, tenants.ours, NOON).percent is None
        assert quota.room_for_held(session, tenants.ours, NOON) == quota.BATCH


def test_what_is_held_is_found_by_tenant_and_oldest_first(database: Database, tenants: TwoTenants) -> None:
    limited(database, tenants, limit=1)
    assert tenants.ours < tenants.theirs
    with database.reading_all() as session:
        assert quota.tenants_over_quota(session) == []
    for number, event in enumerate((3, 1, 2)):
        held = {"state": DeliveryState.HELD, "reason": QUOTA, "next_attempt_at": quota.NEVER}
        more = {"lane": "spaces/1", "request_id": f"held-{number}", "destination_id": 1}
        add(database, Delivery(tenant_id=tenants.ours, event_id=event, **more, **held))

    with database.writing_all() as session:
        assert quota.tenants_over_quota(session) == [tenants.ours]
        assert quota.room_for_held(session, tenants.ours, NOON, locks=True) == 1
        oldest = quota.oldest_held(session, tenants.ours, 2)
        assert [each.event_id for each in oldest] == [1, 2]
        quota.release(session, tenants.ours, oldest, NOON, None)
        quota.release(session, tenants.ours, oldest, NOON, NOON)  # again: it is held no more
        assert quota.usage(session, tenants.ours, NOON).held == 1
        assert [each.event_id for each in quota.oldest_held(session, tenants.ours, 9)] == [3]
