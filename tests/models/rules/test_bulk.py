"""Many rules at once: each recorded and refused by itself, all undone, others' rules out of reach."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import NotAllowed
from models.rules import actions
from models.rules.bulk import RuleChange, change_rules, changeable_rules, undo_change
from models.rules.drafts import RuleDraft
from models.tables import Role, Rule
from tests.chat import audit_of, rule_of, two_tenants


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def actor_of(tenant_id: int, name: str = "ada@acme.test", role: Role = Role.ADMIN) -> Actor:
    return Actor(name, tenant_id, role=role, is_certain=True, space="spaces/ACME")


@pytest.fixture
def rules(database: Database, tenants: tuple[int, int]) -> list[int]:
    """One to and including Four, of which Four posts nowhere and is off, and the rule of another tenant."""
    made = []
    with database.writing(tenants[0]) as session:
        for name in ("One", "Two", "Three", "Four"):
            to = ["spaces/ACME"] if name != "Four" else []
            draft = RuleDraft(name, ["deal.won"], None, to, "compact", enabled=name != "Four")
            made.append(actions.make_rule(session, actor_of(tenants[0]), draft).id)
    return [*made, rule_of(database, tenants[1]).id]


def states(database: Database, tenant_id: int) -> dict[str, bool]:
    with database.reading(tenant_id) as session:
        query = select(Rule.name, Rule.is_enabled).where(Rule.tenant_id == tenant_id)
        return dict(session.execute(query).all())


def test_rules_are_switched_together_and_back_by_an_undo(
    database: Database, tenants: tuple[int, int], rules: list[int]
) -> None:
    ada = actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        done = change_rules(session, ada, rules, RuleChange.OFF)
        assert (done.names, done.refused) == (["One", "Three", "Two"], [])
    assert set(states(database, tenants[0]).values()) == {True, False}
    assert states(database, tenants[1]) == {"Wins of Bolt": True}
    with database.writing(tenants[0]) as session:
        undone = undo_change(session, ada, RuleChange.OFF, done.undo)
        assert undone.names == ["One", "Three", "Two"]
    assert states(database, tenants[0]) == {
        "Wins of Acme": True, "One": True, "Two": True, "Three": True, "Four": False,
    }  # fmt: skip
    assert [act for _, act, _ in audit_of(database, tenants[0])].count("rule.switched") == 6


def test_one_that_cannot_be_changed_does_not_stop_the_others(
    database: Database, tenants: tuple[int, int], rules: list[int]
) -> None:
    with database.writing(tenants[0]) as session:
        change_rules(session, actor_of(tenants[0]), rules[:1], RuleChange.OFF)
        done = change_rules(session, actor_of(tenants[0]), rules, RuleChange.ON)
    assert done.names == ["One"]
    assert [name for name, _ in done.refused] == ["Four"]
    assert "posts nowhere yet" in done.refused[0][1]


def test_deleted_rules_come_back_unless_their_name_is_taken(
    database: Database, tenants: tuple[int, int], rules: list[int]
) -> None:
    ada = actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        done = change_rules(session, ada, rules[:2], RuleChange.DELETE)
    assert set(states(database, tenants[0])) == {"Wins of Acme", "Three", "Four"}
    with database.writing(tenants[0]) as session:
        actions.make_rule(session, ada, RuleDraft("One", ["deal.lost"], None, ["spaces/ACME"], "compact"))
        undone = undo_change(session, ada, RuleChange.DELETE, [*done.undo, 999_999])
    assert undone.names == ["Two"]
    assert len(undone.refused) == 2


def test_whoever_changes_only_their_own_rules_reaches_no_others(
    database: Database, tenants: tuple[int, int], rules: list[int]
) -> None:
    cleo = actor_of(tenants[0], "cleo@acme.test", Role.SALES_REP)
    with database.writing(tenants[0]) as session:
        draft = RuleDraft("Mine", ["deal.won"], None, ["spaces/ACME"], "compact")
        mine = actions.make_rule(session, cleo, draft).id
        assert [rule.name for rule in changeable_rules(session, cleo)] == ["Mine"]
        assert change_rules(session, cleo, [*rules, mine], RuleChange.OFF).names == ["Mine"]
        with pytest.raises(NotAllowed):
            change_rules(session, actor_of(tenants[0], role=Role.VIEWER), rules, RuleChange.OFF)
        with pytest.raises(NotAllowed):
            undo_change(session, actor_of(tenants[0], role=Role.VIEWER), RuleChange.DELETE, [1])
