"""Rows are counted by hour, rule and destination, with their names; tests and notices are not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from models.database.engine import Database
from models.reports.measures import PAIR, FigureKey
from models.reports.rows import count_deliveries, count_of_ids, count_presses
from models.tables import Attempt, Delivery
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, rule

TEN = datetime(2026, 11, 28, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_deliveries_are_counted_by_hour_and_pair(database: Database, tenants: TwoTenants) -> None:
    ids = []
    for tenant_id in tenants:
        wins, wall = rule(tenant_id), destination(tenant_id)
        add(database, wins, wall)
        row: dict[str, Any] = {"tenant_id": tenant_id, "lane": "spaces/1", "state": "delivered"}
        row |= {
            "rule_id": wins.id,
            "rule_name": "Wins",
            "destination_id": wall.id,
            "destination_name": "Wall",
        }
        cards = [Delivery(**row, created_at=TEN + hours * HOUR) for hours in (0, 0, 1, 5)]
        cards[0].redacted_because = "restricted"
        others = [Delivery(**row, is_test=True, created_at=TEN), Delivery(**row, notice={}, created_at=TEN)]
        add(database, *cards, *others)
        arrived = {"tenant_id": tenant_id, "delivery_id": cards[0].id, "outcome": "delivered", "took_ms": 80}
        add(database, Attempt(**arrived))
        ids += [card.id for card in cards]
    with database.reading(tenants.ours) as session:
        found = list(count_deliveries(session, tenants.ours, TEN, TEN + 3 * HOUR))
        assert list(count_presses(session, tenants.ours, TEN, None)) == []
    assert [
        (each.hour, each.measures["delivered"]) for each in sorted(found, key=lambda each: each.hour)
    ] == [
        ("2026-11-28T10", 2),
        ("2026-11-28T11", 1),
    ]
    first = min(found, key=lambda each: each.hour)
    assert (first.whole.kind, first.rule_name, first.destination_name) == (PAIR, "Wins", "Wall")
    assert first.measures == Counter(delivered=2, redacted=1, answers=1, answer_ms=80)
    assert isinstance(first.whole, FigureKey)

    with database.writing_all() as session:
        by_tenant = Counter[int]()
        for each in count_of_ids(session, ids):
            by_tenant[each.tenant_id] += each.measures["delivered"]
    assert by_tenant == {tenants.ours: 4, tenants.theirs: 4}
