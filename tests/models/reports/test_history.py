"""Parts of the log and of the events: newest first, filtered, and of others nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor, system
from models.database.engine import Database
from models.reports.history import (
    DeliverySelection,
    EventSelection,
    ListPart,
    find_deliveries,
    find_delivery,
    find_events,
)
from models.tables import Attempt, Delivery
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination, event, rule

ADA, CLEO = "ada@acme.test", "cleo@acme.test"


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    """Three deliveries of ours, the last of a rule of Cleo; one of theirs."""
    for tenant_id in tenants:
        wall = destination(tenant_id, lane="spaces/1")
        rules = [rule(tenant_id), rule(tenant_id, "Cleo's", made_by=CLEO)]
        told = [
            event(tenant_id, f"e{number}", kind="deal.won", object_key=f"deal:{number}")
            for number in range(3)
        ]
        add(database, wall, *rules, *told, event(tenant_id, "test-1"))
        for number, (state, by) in enumerate((("delivered", 0), ("dead", 0), ("pending", 1))):
            if tenant_id == tenants.theirs and number:
                break
            row: dict[str, Any] = {"rule_id": rules[by].id, "destination_id": wall.id, "lane": wall.lane}
            row |= {"event_type": "deal.won", "created_at": NOON + timedelta(hours=number), "state": state}
            made = Delivery(tenant_id=tenant_id, event_id=told[number].id, **row)
            add(database, made)
            add(database, Attempt(tenant_id=tenant_id, delivery_id=made.id, outcome="retry", took_ms=number))
    return Actor(ADA, tenants.ours, user_id=1, role=Role.ADMIN)


def states(database: Database, reader: Actor, part: ListPart, **wanted: Any) -> tuple[list[str], int]:
    with database.reading(reader.tenant) as session:
        rows, total = find_deliveries(session, reader, DeliverySelection(**wanted), part)
    return [row.state for row in rows], total


def test_the_newest_come_first_and_a_part_follows_another(database: Database, admin: Actor) -> None:
    assert states(database, admin, ListPart(10)) == (["pending", "dead", "delivered"], 3)
    assert states(database, admin, ListPart(1, offset=1)) == (["dead"], 3)
    with database.reading(admin.tenant) as session:
        rows, _ = find_deliveries(session, admin, DeliverySelection(), ListPart(1))
    assert states(database, admin, ListPart(5, before=rows[0].id)) == (["dead", "delivered"], 3)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "dead"}, ["dead"]),
        ({"event_type": "deal.lost"}, []),
        ({"since": NOON + timedelta(hours=1)}, ["pending", "dead"]),
        ({"until": NOON + timedelta(hours=1)}, ["delivered"]),
    ],
)
def test_what_does_not_fit_is_left_out(
    database: Database, admin: Actor, wanted: dict[str, Any], found: list[str]
) -> None:
    assert states(database, admin, ListPart(10), **wanted) == (found, len(found))


def test_a_sales_rep_reads_what_their_rules_made(database: Database, admin: Actor) -> None:
    cleo = Actor(CLEO, admin.tenant, user_id=2, role=Role.SALES_REP)

    assert states(database, cleo, ListPart(10)) == (["pending"], 1)
    with database.reading(admin.tenant) as session:
        events, total = find_events(session, cleo, EventSelection(), ListPart(10))
        assert ([each.object_key for each in events], total) == (["deal:2"], 1)
        hidden, _ = find_deliveries(session, admin, DeliverySelection(state="dead"), ListPart(1))
        assert find_delivery(session, cleo, hidden[0].id) is None
        found = find_delivery(session, admin, hidden[0].id)
    assert found is not None
    assert [each.took_ms for each in found[1]] == [1]


def test_another_teams_delivery_is_not_found(database: Database, admin: Actor, tenants: TwoTenants) -> None:
    theirs = Actor("eve@x", tenants.theirs, user_id=9, role=Role.ADMIN)
    with database.reading(tenants.theirs) as session:
        rows, total = find_deliveries(session, theirs, DeliverySelection(), ListPart(10))
    assert total == 1
    with database.reading(admin.tenant) as session:
        assert find_delivery(session, admin, rows[0].id) is None


def test_events_are_listed_without_tests_and_filtered(database: Database, admin: Actor) -> None:
    with database.reading(admin.tenant) as session:
        whole, total = find_events(session, admin, EventSelection(kind="deal.won"), ListPart(2))
        one, _ = find_events(session, admin, EventSelection(object_key="deal:1"), ListPart(2))
        none, _ = find_events(session, admin, EventSelection(since=NOON + timedelta(days=9999)), ListPart(2))
    assert ([each.object_key for each in whole], total) == (["deal:2", "deal:1"], 3)
    assert [each.object_key for each in one] == ["deal:1"]
    assert none == []


@pytest.mark.parametrize("hours", [0, 1, 5, 30, 47, 60])
def test_a_range_of_time_finds_what_is_in_it_however_many_rows_there_are(
    database: Database, tenants: TwoTenants, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.reports.history.NEAR", 3)
    at = [NOON + timedelta(hours=number // 2) for number in range(96)]
    for tenant_id in tenants:
        rows = [
            Delivery(
                tenant_id=tenant_id, lane="spaces/1", request_id=f"{tenant_id}-{number}", created_at=each
            )
            for number, each in enumerate(at)
        ]
        add(database, *rows)
    since, until = NOON + timedelta(hours=hours), NOON + timedelta(hours=hours + 6)

    with database.reading(tenants.ours) as session:
        reader = system(tenants.ours, "test")
        part = ListPart(200)
        later = find_deliveries(session, reader, DeliverySelection(since=since), part)
        sooner = find_deliveries(session, reader, DeliverySelection(until=until), part)
        both = DeliverySelection(since=since, until=until)
        between = find_deliveries(session, reader, both, part)

    assert later[1] == len(later[0]) == sum(each >= since for each in at)
    assert sooner[1] == len(sooner[0]) == sum(each < until for each in at)
    assert between[1] == len(between[0]) == sum(since <= each < until for each in at)
