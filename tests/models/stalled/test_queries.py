"""Lists are bounded, ordered and filtered by who may see what; a hundred thousand deals change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.names import Name
from models.stalled.queries import MOST_READ, find_deals, get_known, list_stalled, next_activity
from models.tables import StalledSettings
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add
from tests.models.stalled.following import DAY, change, list_deals


def titles(database: Database, tenant_id: int, **more: float) -> list[str]:
    with database.reading(tenant_id) as session:
        found = list_stalled(session, tenant_id, lambda permitted: not permitted, NOON, **more)
        return [str(each.change.after["title"]) for each in found.deals]


def test_the_longest_idle_is_first_then_the_most_valuable(database: Database, tenants: TwoTenants) -> None:
    for number, (days, value) in enumerate([(4, 5), (9, 1), (9, 7), (2, 9)]):
        change(database, tenants.ours, number, NOON - days * DAY, value=value)
    assert titles(database, tenants.ours) == ["Deal 2", "Deal 1", "Deal 0"]
    assert titles(database, tenants.ours, least_value=5) == ["Deal 2", "Deal 0"]
    assert titles(database, tenants.theirs) == []


def test_a_stage_and_the_team_have_thresholds_of_their_own(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, ("stage", "9")): Name("Slow", {"rotten_days": 30})})
    add(database, StalledSettings(tenant_id=tenants.ours, thresholds=[2]))
    change(database, tenants.ours, 1, NOON - 3 * DAY)
    change(database, tenants.ours, 2, NOON - 20 * DAY, stage_id=9)
    assert titles(database, tenants.ours) == ["Deal 1"]


def test_a_hundred_thousand_open_deals_are_listed_in_bounds(database: Database, tenants: TwoTenants) -> None:
    list_deals(database, tenants.ours, NOON - 9 * DAY, range(1, 2), NOON)
    copied = """
        INSERT INTO tracked_objects (tenant_id, entity, object_id, is_open, changed_at, heard_at, words,
                                     state)
        WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 100999)
        SELECT t.tenant_id, t.entity, CAST(n.i AS text), t.is_open, t.changed_at, t.heard_at,
               'acme renewal ' || n.i, t.state
        FROM n, tracked_objects t
    """
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text(copied))
        connection.commit()
    with database.reading(tenants.ours) as session:
        found = list_stalled(session, tenants.ours, lambda _: True, NOON)
        assert (len(found.deals), found.is_cut) == (MOST_READ, True)
        assert len(find_deals(session, tenants.ours, ["renewal", "99"], lambda _: True, NOON)) == 50
        assert len(find_deals(session, tenants.ours, ["77777"], lambda _: True, NOON)) == 1


def test_stalled_deals_are_read_in_the_order_of_their_index(database: Database, tenants: TwoTenants) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses by statistics")
    plans: list[str] = []

    def explain(_conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM tracked_objects" in statement:
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            plans.append(str(cursor.fetchall()))

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        assert titles(database, tenants.ours) == []
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)
    (plan,) = plans
    assert "ix_tracked_objects_open" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("words", [[], ["", "  "], ["%"], ["_"], ["x"] * 50])
def test_odd_words_find_nothing(database: Database, tenants: TwoTenants, words: list[str]) -> None:
    change(database, tenants.ours, 1, NOON)
    with database.reading(tenants.ours) as session:
        assert find_deals(session, tenants.ours, words, lambda _: True, NOON) == []


def test_the_next_activity_is_one_that_the_reader_may_see(database: Database, tenants: TwoTenants) -> None:
    hidden: dict[str, Any] = {"meta": {"permitted_user_ids": ["7"]}}
    change(database, tenants.ours, 1, NOON, entity="activity", due_date="2026-12-01", deal_id=5, **hidden)
    change(database, tenants.ours, 2, NOON, entity="activity", due_date="2026-12-02", deal_id=5)
    with database.reading(tenants.ours) as session:
        found = next_activity(session, tenants.ours, "5", lambda permitted: permitted is None, NOON)
        assert found is not None
        assert found.id == "2"
        assert (
            get_known(session, tenants.ours, "activity", "1", lambda permitted: not permitted, NOON) is None
        )
