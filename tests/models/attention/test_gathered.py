"""What is gathered for a summary card: counted, chosen by importance, and told once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from models.attention.gathered import (
    GATHERED,
    count_gathered,
    create_summary,
    mute_key,
    read_gathered,
    send_what_came_late,
)
from models.database.engine import Database
from models.tables import Delivery, Destination, Lane, Mute
from models.tables.deliveries import QUIET, DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, event, rule

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
KEY = "mute-7"


def gather(database: Database, to: Destination, *worths: float | None, **columns: Any) -> None:
    usual: dict[str, Any] = {"tenant_id": to.tenant_id, "destination_id": to.id, "lane": to.lane}
    usual |= {"state": "skipped", "gathered_for": KEY, "event_type": "deal.won"} | columns
    for worth in worths:
        about = event(to.tenant_id, uuid.uuid4().hex, raw=str(worth).encode(), amount=worth)
        add(database, about)
        add(database, Delivery(**usual, event_id=about.id))


def made(database: Database, tenant_id: int, name: str = "Wall") -> Destination:
    row = destination(tenant_id, name)
    add(database, row)
    return row


def test_what_is_gathered_is_counted_for_each_destination(database: Database, tenants: TwoTenants) -> None:
    wall, door = made(database, tenants.ours), made(database, tenants.ours, "Door")
    gather(database, wall, 1, 2)
    gather(database, door, 3)
    gather(database, wall, 4, state="pending")  # one that was sent after all
    gather(database, wall, 5, gathered_for="mute-8")
    gather(database, made(database, tenants.theirs), 6)

    with database.reading(tenants.ours) as session:
        assert count_gathered(session, tenants.ours, KEY) == {wall.id: 2, door.id: 1}


def test_urgent_ones_come_first_then_the_highest_value_then_the_newest(
    database: Database, tenants: TwoTenants
) -> None:
    wall = made(database, tenants.ours)
    gather(database, wall, 10, None, 500.5, 0)
    gather(database, wall, 1, is_urgent=True)

    with database.reading(tenants.ours) as session:
        found = read_gathered(session, tenants.ours, KEY, wall.id, 4)

    assert [each.raw for each in found] == [b"1", b"500.5", b"10", b"0"]
    assert [each.is_urgent for each in found] == [True, False, False, False]


def test_an_event_that_several_rules_wanted_counts_once(database: Database, tenants: TwoTenants) -> None:
    wall, about = made(database, tenants.ours), event(tenants.ours, amount=5)
    rules = [rule(tenants.ours, name) for name in ("A", "B")]
    add(database, about, *rules)
    usual = {"tenant_id": tenants.ours, "destination_id": wall.id, "lane": wall.lane, "event_id": about.id}
    add(database, *(Delivery(**usual, rule_id=each.id, state="skipped", gathered_for=KEY) for each in rules))
    gather(database, wall, 1)

    with database.reading(tenants.ours) as session:
        assert count_gathered(session, tenants.ours, KEY) == {wall.id: 2}
        assert len(read_gathered(session, tenants.ours, KEY, wall.id, 9)) == 2


def test_a_summary_is_created_once(database: Database, tenants: TwoTenants) -> None:
    wall, token = made(database, tenants.ours), uuid.uuid4().hex
    drawn = {"title": "2 cards", "lines": ["Acme: won"], "more": 1, "why": "Muted"}
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            create_summary(session, wall, token, drawn, NOON, is_held=False)

    with database.reading(tenants.ours) as session:
        (row,) = session.scalars(select(Delivery))
        lane = session.get_one(Lane, (tenants.ours, wall.lane))
    assert (row.state, row.event_type, row.notice, row.reason) == ("pending", GATHERED, drawn, "")
    assert lane.due_at == NOON


def test_a_summary_in_quiet_hours_is_held(database: Database, tenants: TwoTenants) -> None:
    wall = made(database, tenants.ours)
    drawn: dict[str, Any] = {"title": "t", "lines": [], "more": 0, "why": ""}
    with database.writing(tenants.ours) as session:
        create_summary(session, wall, uuid.uuid4().hex, drawn, NOON, is_held=True)
    with database.reading(tenants.ours) as session:
        (row,) = session.scalars(select(Delivery))
    assert (row.state, row.reason, row.next_attempt_at) == ("held", QUIET, NOON)


def test_what_comes_after_a_mute_was_closed_is_sent_instead(database: Database, tenants: TwoTenants) -> None:
    still_open = Mute(tenant_id=tenants.ours, scope="tenant", until=NOON)
    closed = Mute(tenant_id=tenants.theirs, scope="tenant", until=NOON, closed_at=NOON)
    add(database, still_open, closed)
    skipped = {"state": DeliveryState.SKIPPED, "reason": "muted", "finished_at": NOON}
    rows: list[dict[str, Any]] = [
        {**skipped, "gathered_for": mute_key(still_open.id)},
        {**skipped, "gathered_for": mute_key(closed.id)},
        {**skipped, "gathered_for": mute_key(999)},
        {**skipped, "gathered_for": None},
    ]
    with database.writing_all() as session:
        send_what_came_late(session, rows)

    states = [row["state"] for row in rows]
    assert states == [
        DeliveryState.SKIPPED,
        DeliveryState.PENDING,
        DeliveryState.PENDING,
        DeliveryState.SKIPPED,
    ]
    assert (rows[1]["reason"], rows[1]["finished_at"], rows[1]["gathered_for"]) == ("", None, None)
