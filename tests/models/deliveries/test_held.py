"""Held deliveries are decided for each destination and urgency, and moved in batches."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.deliveries import held
from models.tables import Delivery, Destination, Lane
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination

EVENING = NOON + timedelta(hours=6)


def hold(database: Database, to: Destination, many: int, **columns: Any) -> None:
    usual: dict[str, Any] = {"tenant_id": to.tenant_id, "destination_id": to.id, "lane": to.lane}
    usual |= {"state": "held", "next_attempt_at": EVENING} | columns
    add(database, *(Delivery(**usual, request_id=uuid.uuid4().hex) for _ in range(many)))


@pytest.fixture
def walls(database: Database, tenants: TwoTenants) -> list[Destination]:
    """One destination of each tenant, each with three held deliveries; ours has an urgent one, too."""
    made = [destination(tenant_id, f"Wall {tenant_id}") for tenant_id in tenants]
    add(database, *made)
    for to in made:
        hold(database, to, 3)
    hold(database, made[0], 1, is_urgent=True)
    hold(database, made[0], 1, state="delivered")
    return made


def test_there_is_one_group_for_each_destination_and_urgency(
    database: Database, tenants: TwoTenants, walls: list[Destination]
) -> None:
    with database.reading_all() as session:
        assert held.tenants_with_held(session) == list(tenants)
    with database.reading(tenants.ours) as session:
        groups = held.held_groups(session, tenants.ours)
    assert [(each.destination_id, each.is_urgent, each.name) for each in groups] == [
        (walls[0].id, False, walls[0].name),
        (walls[0].id, True, walls[0].name),
    ]


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_group_moves_batch_by_batch_and_alone(
    database: Database, tenants: TwoTenants, walls: list[Destination], shift: timedelta, monkeypatch: Any
) -> None:
    monkeypatch.setattr(held, "BATCH", 2)
    with database.writing(tenants.ours) as session:
        group, urgent = held.held_groups(session, tenants.ours)
        moved = [held.hold_until(session, group, EVENING + shift) for _ in range(3)]
    with database.reading_all() as session:
        times = session.execute(select(Delivery.next_attempt_at, Delivery.destination_id)).all()
        lane = session.get_one(Lane, (tenants.ours, walls[0].lane))
    assert moved == [2, 1, 0]
    assert [each.destination_id for each in times if each[0] == EVENING + shift] == [walls[0].id] * 3
    assert lane.due_at == EVENING + shift
    assert urgent.is_urgent


def test_a_released_group_is_due_at_once(
    database: Database, tenants: TwoTenants, walls: list[Destination]
) -> None:
    with database.writing(tenants.ours) as session:
        group, _ = held.held_groups(session, tenants.ours)
        assert held.release(session, group, NOON) == 3
        assert held.release(session, group, NOON) == 0
        states = session.scalars(select(Delivery.state).where(Delivery.tenant_id == tenants.ours)).all()
    assert sorted(states) == ["delivered", "held", "pending", "pending", "pending"]
    assert walls[0].tenant_id == tenants.ours
