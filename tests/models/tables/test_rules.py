"""Rules: defaults of the schema, unique names, and references only within a tenant."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from models.database.engine import Database
from models.tables import Rule, RuleDestination, Template
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, destination, everything, refused, remove, rule


def test_the_schema_makes_a_new_rule_a_calm_compact_one(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(
        database,
        "rules",
        tenant_id=tenants.ours,
        name="Wins",
        event_types='["deal.won"]',
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    assert (made["look"], made["liquid"], made["template_id"], made["conditions"]) == (
        "compact",
        None,
        None,
        None,
    )
    assert (bool(made["is_enabled"]), bool(made["is_urgent"])) == (True, False)
    assert (made["priority"], made["version"], made["made_by"]) == (0, 1, "")


def test_conditions_come_back_as_they_were_given(database: Database, tenants: TwoTenants) -> None:
    tree = {
        "all": [{"field": "title", "op": "is", "value": "Ü ☃"}, {"not": {"field": "value", "op": "changed"}}]
    }
    add(database, rule(tenants.ours, "With", conditions=tree), rule(tenants.ours, "Without"))
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(Rule.conditions).order_by(Rule.name)).all()
        always = session.scalars(select(Rule.name).where(Rule.conditions.is_(None))).all()
    assert (kept, always) == ([tree, None], ["Without"])


def test_a_name_is_one_rule_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, rule(tenants.ours), rule(tenants.theirs))
    refused(database, rule(tenants.ours))


def test_a_rule_never_sends_to_the_destination_of_another_tenant(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = rule(tenants.ours), destination(tenants.theirs)
    add(database, ours, theirs)
    for owner in tenants:
        refused(database, RuleDestination(tenant_id=owner, rule_id=ours.id, destination_id=theirs.id))


def test_a_removed_rule_frees_its_destination(database: Database, tenants: TwoTenants) -> None:
    wins, wall = rule(tenants.ours), destination(tenants.ours)
    add(database, wins, wall)
    add(database, RuleDestination(tenant_id=tenants.ours, rule_id=wins.id, destination_id=wall.id))

    remove(database, wins)

    assert (count(database, RuleDestination), count(database, type(wall))) == (0, 1)


def test_a_rule_with_history_is_not_cut_off_by_force(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        used = session.get_one(Rule, (tenants.ours, owed.rule_id))
    with pytest.raises(IntegrityError):
        remove(database, used)


def test_the_match_of_rules_has_its_index(database: Database) -> None:
    with database.reading_all() as session:
        found = inspect(session.connection()).get_indexes("rules")
    indexes = {each["name"]: each["column_names"] for each in found}
    assert indexes["ix_rules_match"] == ["tenant_id", "is_enabled", "priority", "created_at"]


def template(tenant_id: int, name: str = "Short") -> Template:
    return Template(tenant_id=tenant_id, name=name, source="{{ deal.title }}")


def test_a_name_is_one_template_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, template(tenants.ours), template(tenants.theirs))
    refused(database, template(tenants.ours))
    assert count(database, Template) == 2


def test_a_template_in_use_is_not_removed(database: Database, tenants: TwoTenants) -> None:
    used, unused = template(tenants.ours), template(tenants.ours, "Long")
    add(database, used, unused)
    add(database, rule(tenants.ours, look="custom", template_id=used.id))

    with pytest.raises(IntegrityError):
        remove(database, used)
    remove(database, unused)

    assert count(database, Template) == 1


def test_a_rule_never_uses_the_template_of_another_tenant(database: Database, tenants: TwoTenants) -> None:
    theirs = template(tenants.theirs)
    add(database, theirs)
    refused(database, rule(tenants.ours, look="custom", template_id=theirs.id))
