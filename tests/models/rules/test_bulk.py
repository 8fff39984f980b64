"""Many rules at once: each recorded and refused by itself, all undone, others' rules out of reach."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.rules import actions
from models.rules.bulk import RuleChange, change_rules, changeable_rules, move_rules, undo_change
from models.rules.drafts import RuleDraft
from models.rules.save import read_draft
from models.tables import Delivery, Destination, Role, Rule, User
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


def places_of(database: Database, tenant_id: int) -> dict[str, list[str]]:
    with database.reading(tenant_id) as session:
        rules = session.scalars(select(Rule).where(Rule.tenant_id == tenant_id)).all()
        return {rule.name: draft.to for rule in rules for draft in [read_draft(session, rule)]}


@pytest.fixture
def wall(database: Database, tenants: tuple[int, int]) -> str:
    """Another place of Acme, and a rule that posts to two."""
    with database.writing(tenants[0]) as session:
        place = {"tenant_id": tenants[0], "kind": "incoming_webhook", "address": "x", "lane": "wall"}
        session.add(Destination(name="Wall", **place))
        session.flush()
        draft = RuleDraft("Both", ["deal.won"], None, ["spaces/ACME", "ada@acme.test"], "compact")
        actions.make_rule(session, actor_of(tenants[0]), draft)
    return "Wall"


def test_moved_rules_keep_their_other_places_and_an_undo_brings_them_back(
    database: Database, tenants: tuple[int, int], rules: list[int], wall: str
) -> None:
    ada, both = actor_of(tenants[0]), rule_of(database, tenants[0], "Both").id
    before = places_of(database, tenants[0])
    with database.writing(tenants[0]) as session:
        done = move_rules(session, ada, [rules[0], both, rules[3], rules[4]], wall, "spaces/ACME")
    assert (done.names, done.refused) == (["Both", "One"], [])
    changed = {"One": ["Wall"], "Both": ["Wall", "ada@acme.test"]}
    assert places_of(database, tenants[0]) == before | changed
    assert places_of(database, tenants[1]) == {"Wins of Bolt": ["spaces/BOLT"]}
    edits = [name for _, act, name in audit_of(database, tenants[0]) if act == "rule.edited"]
    assert sorted(edits) == ["Both", "One"]

    with database.writing(tenants[0]) as session:
        assert undo_change(session, ada, RuleChange.MOVE, done.undo).names == ["Both", "One"]
    assert places_of(database, tenants[0]) == before


def test_without_a_place_named_the_new_one_replaces_all_of_them(
    database: Database, tenants: tuple[int, int], rules: list[int], wall: str
) -> None:
    both = rule_of(database, tenants[0], "Both").id
    with database.writing(tenants[0]) as session:
        assert move_rules(session, actor_of(tenants[0]), [both], wall).names == ["Both"]
        assert move_rules(session, actor_of(tenants[0]), [both], wall).names == []
    assert places_of(database, tenants[0])["Both"] == ["Wall"]


@pytest.mark.parametrize("place", ["spaces/BOLT", "Nowhere", ""])
def test_rules_move_to_no_place_that_the_tenant_lacks(
    database: Database, tenants: tuple[int, int], rules: list[int], place: str
) -> None:
    with database.writing(tenants[0]) as session, pytest.raises(InvalidRequest):
        move_rules(session, actor_of(tenants[0]), rules, place)


def test_a_move_by_others_hides_what_is_restricted_and_is_told_to_the_author(
    database: Database, tenants: tuple[int, int], rules: list[int], wall: str
) -> None:
    mia = actor_of(tenants[0], "mia@acme.test", Role.MANAGER)
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.email == "ada@acme.test").values(chat_name="users/1"))
        rule = session.scalars(select(Rule).where(Rule.id == rules[0])).one()
        actions.show_restricted(session, actor_of(tenants[0]), rule, on=True)
        assert move_rules(session, mia, [rules[0]], wall).names == ["One"]
        assert not rule.shows_restricted
        told = session.scalars(select(Delivery.notice).where(Delivery.tenant_id == tenants[0])).all()
    assert [notice["title"] for notice in told] == ["Your rule “One” was changed"]


def test_a_rep_moves_own_rules_alone_and_only_to_where_they_may_post(
    database: Database, tenants: tuple[int, int], rules: list[int], wall: str
) -> None:
    cleo = actor_of(tenants[0], "cleo@acme.test", Role.SALES_REP)
    with database.writing(tenants[0]) as session:
        draft = RuleDraft("Mine", ["deal.won"], None, ["spaces/ACME"], "compact")
        mine = actions.make_rule(session, cleo, draft).id
        refused = move_rules(session, cleo, [rules[0], mine], wall)
    assert (refused.names, [name for name, _ in refused.refused]) == ([], ["Mine"])
    assert places_of(database, tenants[0])["Mine"] == ["spaces/ACME"]
