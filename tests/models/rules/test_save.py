"""Saving a rule: over the one of its name, idempotent, and deleting it keeps the history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.destinations.linking import link_space
from models.errors import Conflict, InvalidRulesFile
from models.pipedrive.names import NO_NAMES
from models.rules.drafts import RuleDraft
from models.rules.save import read_drafts, remove_rules, save_rule
from models.tables.accounts import User
from models.tables.deliveries import Delivery
from models.tables.rules import Rule, RuleDestination
from tests.conftest import TwoTenants

DRAFT = RuleDraft(
    name="Big wins",
    on=["deal.won"],
    when={"field": "value", "op": "at_least", "value": 10_000},
    to=["spaces/A", "ada@example.com"],
    template="compact",
)


@pytest.fixture(autouse=True)
def destinations(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A")
        session.add(User(tenant_id=tenants.ours, email="ada@example.com"))


def save_as_ada(database: Database, tenant_id: int, draft: RuleDraft, rule: Rule | None = None) -> Rule:
    with database.writing(tenant_id) as session:
        known = session.get(Rule, (tenant_id, rule.id)) if rule else None
        return save_rule(session, tenant_id, draft, NO_NAMES, "ada@example.com", known)


def stored_drafts(database: Database, tenant_id: int) -> list[RuleDraft]:
    with database.reading(tenant_id) as session:
        return list(read_drafts(session, tenant_id, list(session.scalars(select(Rule)))).values())


def test_saved_rule_reads_back_as_its_draft(database: Database, tenants: TwoTenants) -> None:
    rule = save_as_ada(database, tenants.ours, DRAFT)
    assert stored_drafts(database, tenants.ours) == [DRAFT]
    assert (rule.version, rule.made_by) == (1, "ada@example.com")


def test_saving_an_unchanged_rule_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    save_as_ada(database, tenants.ours, DRAFT)
    sloppy = replace(DRAFT, name=" Big wins ", to=["spaces/A", "ADA@example.com", "spaces/A"])
    assert save_as_ada(database, tenants.ours, sloppy).version == 1


def test_changing_a_rule_keeps_its_row_and_counts_its_version(
    database: Database, tenants: TwoTenants
) -> None:
    first = save_as_ada(database, tenants.ours, DRAFT)
    changed = replace(DRAFT, name="Wins", to=["spaces/A"], urgent=True, template={"liquid": "{{ title }}"})
    second = save_as_ada(database, tenants.ours, changed, first)
    assert (second.id, second.version) == (first.id, 2)
    assert stored_drafts(database, tenants.ours) == [changed]


def test_a_template_that_is_refused_today_may_stay_but_not_come(
    database: Database, tenants: TwoTenants
) -> None:
    rule = save_as_ada(database, tenants.ours, DRAFT)
    with database.writing(tenants.ours) as session:
        stored = session.get_one(Rule, (tenants.ours, rule.id))
        stored.look, stored.liquid = "custom", "{{ title"
    kept = replace(DRAFT, template={"liquid": "{{ title"})

    assert save_as_ada(database, tenants.ours, replace(kept, enabled=False)).is_enabled is False
    assert save_as_ada(database, tenants.ours, replace(kept, name="Wins"), rule).name == "Wins"
    for other in (replace(kept, name="Another"), replace(kept, name="Wins", template={"liquid": "{{ who"})):
        with pytest.raises(InvalidRulesFile, match="is not closed"):
            save_as_ada(database, tenants.ours, other)


def test_rule_cannot_take_the_name_of_another(database: Database, tenants: TwoTenants) -> None:
    save_as_ada(database, tenants.ours, DRAFT)
    other = save_as_ada(database, tenants.ours, replace(DRAFT, name="Other"))
    with pytest.raises(Conflict, match="'Big wins'"):
        save_as_ada(database, tenants.ours, DRAFT, other)


def test_refused_draft_names_all_problems_and_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    with pytest.raises(InvalidRulesFile) as caught:
        save_as_ada(
            database, tenants.ours, replace(DRAFT, on=["deal.wonn"], to=["spaces/B"], template="fancy")
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["on[0]", "to[0]", "template"]
    assert stored_drafts(database, tenants.ours) == []


def test_destinations_of_another_tenant_cannot_be_named(database: Database, tenants: TwoTenants) -> None:
    save_as_ada(database, tenants.ours, DRAFT)
    with pytest.raises(InvalidRulesFile, match="unknown destination 'spaces/A'"):
        save_as_ada(database, tenants.theirs, DRAFT)


def test_removed_rule_keeps_its_open_deliveries_and_their_rule_name(
    database: Database, tenants: TwoTenants
) -> None:
    rule = save_as_ada(database, tenants.ours, DRAFT)
    with database.writing(tenants.ours) as session:
        session.add(
            Delivery(
                tenant_id=tenants.ours, rule_id=rule.id, rule_name=rule.name, lane="spaces/A", state="held"
            )
        )
    with database.writing(tenants.ours) as session:
        remove_rules(session, tenants.ours, [session.scalars(select(Rule)).one()])
    with database.reading(tenants.ours) as session:
        left = session.scalars(select(Delivery)).one()
        assert (left.rule_id, left.rule_name, left.state) == (rule.id, "Big wins", "held")
        assert session.scalars(select(Rule)).all() == []
        assert session.scalars(select(RuleDestination)).all() == []
