"""What is open in Pipedrive is known after connecting: deals that nobody has changed since stall, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.connections.open_lists import OpenListJob
from models.clock import now
from models.database.engine import Database
from models.security.vault import Vault
from models.stalled import open_lists
from models.stalled.track import unpacked
from models.tables import OpenListCheck, Rule, TrackedObject
from tests.conftest import TwoTenants
from tests.jobs.missing import ADA, Outage, new_deal, outage
from tests.models.rows import add
from tests.models.stalled.following import days_told, row_of, tell

TEN_DAYS = timedelta(days=10).total_seconds()


@pytest.fixture
def away(database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path) -> Iterator[Outage]:
    """Nothing reaches us: what is known comes from the lists."""
    with outage(database, vault, tenants, tmp_path) as made:
        made.is_open = False
        made.crm.clock.forward(-TEN_DAYS)
        yield made


def read_lists(away: Outage) -> int:
    steps, job = 0, OpenListJob(away.database, away.pipedrive)
    while job.step():
        steps += 1
    return steps


def objects(away: Outage, tenant_id: int | None = None) -> list[tuple[str, str]]:
    mine = select(TrackedObject.entity, TrackedObject.object_id)
    with away.database.reading_all() as session:
        rows = session.execute(mine.where(TrackedObject.tenant_id == (tenant_id or away.tenants.ours)))
        return sorted((entity, key) for entity, key in rows)


def test_deals_and_activities_that_are_open_are_known_to_their_tenant(away: Outage) -> None:
    stuck, won = new_deal(away), new_deal(away, status="won")
    call = away.store.create("activity", {"subject": "Call", "type": "call", "deal_id": stuck}, ADA)["id"]
    done = away.store.create("activity", {"subject": "Met", "type": "call", "done": True}, ADA)["id"]
    away.crm.clock.forward(TEN_DAYS)

    read_lists(away)

    found = objects(away)
    assert {("deal", str(stuck)), ("activity", str(call))} <= set(found)
    assert not {("deal", str(won)), ("activity", str(done))} & set(found)
    assert ("deal", str(stuck)) not in objects(away, away.tenants.theirs)
    state, permitted = unpacked(row_of(away.database, away.tenants.ours, stuck).state)
    assert state["title"] == "Acme renewal"
    assert permitted is not None
    assert "1" in permitted


def test_a_rule_for_stalled_deals_hears_of_them(away: Outage) -> None:
    stuck = new_deal(away)
    away.crm.clock.forward(TEN_DAYS)
    read_lists(away)
    add(away.database, Rule(tenant_id=away.tenants.ours, name="Stuck", event_types=["deal.stalled"]))

    tell(away.database, now())

    assert 9 <= max(days_told(away.database, away.tenants.ours)) <= 10
    assert row_of(away.database, away.tenants.ours, stuck).announced == 7


def test_the_lists_are_read_once_a_week(away: Outage) -> None:
    assert read_lists(away) > 0
    assert read_lists(away) == 0
    with away.database.writing_all() as session:
        session.execute(update(OpenListCheck).values(due_at=now()))
    assert read_lists(away) > 0


def check_again(away: Outage) -> None:
    with away.database.writing_all() as session:
        session.execute(update(OpenListCheck).values(due_at=now()))
    read_lists(away)


def is_open(away: Outage, number: int) -> bool:
    return row_of(away.database, away.tenants.ours, number).is_open


def test_what_pipedrive_lists_no_more_is_closed(away: Outage) -> None:
    """Won, deleted and open ones, all of them before and after others in the list."""
    first, won, kept, gone, last = (new_deal(away, title=f"Deal {number}") for number in range(5))
    away.crm.clock.forward(TEN_DAYS)
    read_lists(away)
    assert all(is_open(away, each) for each in (first, won, kept, gone, last))
    away.store.change("deal", won, {"status": "won"}, ADA)
    away.store.delete("deal", gone, ADA)

    check_again(away)

    assert [is_open(away, each) for each in (first, won, kept, gone, last)] == [
        True,
        False,
        True,
        False,
        True,
    ]
    add(away.database, Rule(tenant_id=away.tenants.ours, name="Stuck", event_types=["deal.stalled"]))
    tell(away.database, now())
    assert len(days_told(away.database, away.tenants.ours)) >= 3
    assert row_of(away.database, away.tenants.ours, won).announced == 0


def test_a_deal_that_opens_again_is_followed_again(away: Outage) -> None:
    number = new_deal(away)
    away.crm.clock.forward(TEN_DAYS)
    read_lists(away)
    away.store.change("deal", number, {"status": "lost"}, ADA)
    check_again(away)
    assert not is_open(away, number)
    away.crm.clock.forward(60)
    away.store.change("deal", number, {"status": "open"}, ADA)
    check_again(away)
    assert is_open(away, number)


def test_only_deals_that_the_list_lacks_are_asked_about(away: Outage) -> None:
    for number in range(3):
        new_deal(away, title=f"Deal {number}")
    away.crm.clock.forward(TEN_DAYS)
    read_lists(away)
    asked = len(away.crm.requests)
    check_again(away)
    assert not [each for each in away.crm.requests[asked:] if "/api/v2/deals/" in each[1]]


def test_a_newer_webhook_is_not_overwritten_and_an_older_state_is(away: Outage) -> None:
    stuck = new_deal(away)
    away.crm.clock.forward(TEN_DAYS)
    read_lists(away)
    before = row_of(away.database, away.tenants.ours, stuck).changed_at
    away.store.change("deal", stuck, {"title": "Renamed"}, ADA)
    with away.database.writing_all() as session:
        session.execute(update(OpenListCheck).values(due_at=now()))
    read_lists(away)
    row = row_of(away.database, away.tenants.ours, stuck)
    assert row.words == "renamed"
    assert row.changed_at > before


def test_who_may_not_read_activities_still_has_deals(
    database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path
) -> None:
    with outage(database, vault, tenants, tmp_path, without="activities") as away:
        away.is_open = False
        stuck = new_deal(away)
        read_lists(away)
        assert ("deal", str(stuck)) in objects(away)
        with database.reading_all() as session:
            assert all(session.scalars(select(OpenListCheck.checked_at)).all())


def test_a_worker_that_died_is_followed_by_another(away: Outage) -> None:
    with away.database.writing_all() as session:
        first = open_lists.claim(session, now())
        second = open_lists.claim(session, now())
        assert first is not None
        assert second is not None
        assert first.tenant_id != second.tenant_id
        assert open_lists.claim(session, now()) is None
        later = open_lists.claim(session, now() + 2 * open_lists.LEASE)
        assert later is not None
        assert not open_lists.advance(session, first, now())


def test_only_the_owner_sees_what_only_the_owner_may_see(away: Outage) -> None:
    values: dict[str, Any] = {"visible_to": "1", "owner_id": 1}
    hidden = new_deal(away, **values)
    read_lists(away)
    assert unpacked(row_of(away.database, away.tenants.ours, hidden).state)[1] == frozenset({"1"})
