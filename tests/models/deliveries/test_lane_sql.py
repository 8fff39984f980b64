"""The statements of lanes: built once for both databases, served by indexes, capped where they count."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from models.database.engine import Database
from models.deliveries import lane_sql, lanes
from models.deliveries import store as delivery_store
from models.deliveries.lane_sql import COUNT_CAP, MOST_WAIT_BEHIND
from models.deliveries.lanes import ClaimedLane
from models.tables.deliveries import IS_OPEN
from tests.conftest import TwoTenants
from tests.engine import NOON

SECOND = timedelta(seconds=1)
SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
DIALECTS: dict[str, Any] = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_statement_speaks_both_dialects(name: str) -> None:
    dialect = DIALECTS[name]
    batches = (each.statement for each in (lane_sql.MARK_DUE, lane_sql.RELEASE, lane_sql.REST))
    direct = (lane_sql.NEXT_DUE, lane_sql.CHOOSE, lane_sql.CLAIM, lane_sql.READ_CLAIMED)
    more = (lane_sql.HEAL, lane_sql.RENEW, lane_sql.OLDEST_DUE)
    for statement in (*(each.built_for(dialect) for each in (*batches, *direct)), *more):
        said = str(statement.compile(dialect=dialect))
        assert "lanes" in said or "deliveries" in said


def test_open_states_are_written_out_for_the_partial_index() -> None:
    said = str(IS_OPEN)
    assert all(f"'{state}'" in said for state in ("pending", "sending", "held"))


def create_deliveries(database: Database, tenant_id: int, lane: str, *ats: datetime, **columns: Any) -> None:
    usual = {"tenant_id": tenant_id, "lane": lane, "created_at": NOON, "state": "pending"}
    usual |= {"event_id": None, "rule_id": None, "destination_id": None}
    rows = [usual | {"request_id": uuid.uuid4().hex, "next_attempt_at": at} | columns for at in ats]
    with database.writing_all() as session:
        delivery_store.create_deliveries(session, rows)
        lanes.mark_due(session, [(tenant_id, lane, NOON)])


def look(database: Database, at: datetime = NOON) -> list[ClaimedLane]:
    with database.writing_all() as session:
        return lanes.claim(session, uuid.uuid4().hex, at, at + 30 * SECOND, 10)


def head_time(database: Database, head_id: int | None) -> str:
    query = text("SELECT next_attempt_at FROM deliveries WHERE id = :id")
    with database.reading_all() as session:
        return str(session.execute(query, {"id": head_id}).scalar_one())


def test_what_is_due_is_counted_no_further_than_a_burst(database: Database, tenants: TwoTenants) -> None:
    create_deliveries(database, tenants.ours, "spaces/few", NOON, NOON, NOON + SECOND)
    create_deliveries(database, tenants.ours, "spaces/many", *[NOON] * 40)
    assert {each.lane: each.due for each in look(database)} == {"spaces/few": 2, "spaces/many": COUNT_CAP}


def test_one_that_waits_for_its_retry_leads_for_a_minute_and_then_is_passed(
    database: Database, tenants: TwoTenants
) -> None:
    retry = NOON + 3600 * SECOND
    create_deliveries(database, tenants.ours, "spaces/A", retry, waiting_since=NOON)
    create_deliveries(database, tenants.ours, "spaces/A", NOON)

    (early,) = look(database)
    (late,) = look(database, NOON + MOST_WAIT_BEHIND)

    assert "13:00" in head_time(database, early.head_id)
    assert "12:00" in head_time(database, late.head_id)


def test_one_that_quiet_hours_hold_lets_others_pass(database: Database, tenants: TwoTenants) -> None:
    create_deliveries(database, tenants.ours, "spaces/A", NOON + 3600 * SECOND, state="held")
    create_deliveries(database, tenants.ours, "spaces/A", NOON)
    (lane,) = look(database)
    assert "12:00" in head_time(database, lane.head_id)


def test_a_lane_whose_deliveries_all_wait_has_no_head(database: Database, tenants: TwoTenants) -> None:
    create_deliveries(database, tenants.ours, "spaces/A", NOON + 3600 * SECOND, state="held")
    create_deliveries(database, tenants.ours, "spaces/A", NOON, state="delivered")
    (lane,) = look(database)
    assert (lane.head_id, lane.due) == (None, 0)


def test_tenants_take_turns_however_long_one_has_waited(database: Database, tenants: TwoTenants) -> None:
    for number in range(3):
        create_deliveries(database, tenants.ours, f"spaces/{number}", NOON - 60 * SECOND)
    create_deliveries(database, tenants.theirs, "spaces/theirs", NOON)
    with database.writing_all() as session:
        chosen = lane_sql.CHOOSE.rows(session, {"now": NOON, "most": 2, "after": 0})
    assert [row[0] for row in chosen] == [tenants.ours, tenants.theirs]
