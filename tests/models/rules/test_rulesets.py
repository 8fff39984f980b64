"""The rulesets of a process: read again after a change, and asked for many tenants at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, update

from models.database.engine import Database
from models.rules.rulesets import Rulesets
from models.tables import Rule, Tenant
from tests.conftest import TwoTenants
from tests.models.rows import rule
from tests.models.rules.test_ruleset import add_rules, matched


def watch(database: Database) -> list[str]:
    """Return a list that gets the text of each statement."""
    statements: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def _note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    return statements


def test_rulesets_are_read_again_when_their_version_changed(database: Database, tenants: TwoTenants) -> None:
    add_rules(database, tenants.ours, rule(tenants.ours))
    rulesets, seen = Rulesets(-1.0), []  # every use asks for the version

    def now_matched() -> list[str]:
        with database.reading_all() as session:
            seen.append(rulesets.for_tenants(session, [tenants.ours])[tenants.ours])
        return matched(seen[-1])

    assert now_matched() == now_matched() == ["Wins"]
    assert seen[0] is seen[1]
    with database.writing(tenants.ours) as session:
        session.execute(update(Rule).values(is_enabled=False))
    assert now_matched() == []


def test_a_fresh_ruleset_is_not_read_again_until_it_is_forgotten(
    database: Database, tenants: TwoTenants
) -> None:
    rulesets = Rulesets(60.0)
    with database.reading_all() as session:
        first = rulesets.for_tenants(session, tenants)
    add_rules(database, tenants.ours, rule(tenants.ours))
    with database.reading_all() as session:
        assert rulesets.for_tenants(session, tenants) == first
        rulesets.forget([tenants.ours])
        again = rulesets.for_tenants(session, tenants)
    assert matched(again[tenants.ours]) == ["Wins"]
    assert again[tenants.theirs] is first[tenants.theirs]


def test_a_deleted_tenant_has_no_ruleset(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        assert set(Rulesets(1.0).for_tenants(session, [tenants.ours, 10**6])) == {tenants.ours}


def test_versions_of_all_known_rulesets_are_read_together(database: Database, tenants: TwoTenants) -> None:
    rulesets, statements = Rulesets(60.0), watch(database)
    rulesets.read(database, tenants)
    rulesets.fresh_s = -1.0  # everything is old
    statements.clear()
    rulesets.read(database, [tenants.ours])
    rulesets.fresh_s = 60.0
    rulesets.read(database, [tenants.theirs])
    assert sum("FROM tenants" in each for each in statements) == 1


def test_a_ruleset_that_nobody_asks_for_is_not_read(database: Database, tenants: TwoTenants) -> None:
    rulesets, statements = Rulesets(-1.0), watch(database)
    rulesets.read(database, tenants)
    add_rules(database, tenants.theirs, rule(tenants.theirs))
    statements.clear()
    rulesets.read(database, [tenants.ours])
    assert not any("FROM rules" in each for each in statements)
    assert matched(rulesets.read(database, [tenants.theirs])[tenants.theirs]) == ["Wins"]


def test_it_knows_who_has_a_monthly_limit(database: Database, tenants: TwoTenants) -> None:
    rulesets = Rulesets(-1.0)
    for limit, is_limited in ((10, True), (0, True), (None, False)):
        with database.writing(tenants.ours) as session:
            session.execute(update(Tenant).where(Tenant.id == tenants.ours).values(monthly_limit=limit))
        rulesets.read(database, tenants)
        assert rulesets.any_limited([tenants.ours]) is is_limited
        assert not rulesets.any_limited([tenants.theirs])
