"""Spaces: each belongs to one tenant only, and its destination goes with it."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Destination, RuleDestination
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, destination, refused, remove, rule, space


def test_the_schema_takes_us_for_a_member_of_a_new_space(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(database, "spaces", tenant_id=tenants.ours, name="spaces/A", created_at=LONG_AGO)
    assert (bool(made["is_member"]), made["title"]) == (True, "")


def test_a_space_belongs_to_one_tenant_only(database: Database, tenants: TwoTenants) -> None:
    add(database, space(tenants.ours))
    refused(database, space(tenants.theirs))
    refused(database, space(tenants.ours))


def test_a_space_that_goes_takes_its_destination_and_the_rules_way_there(
    database: Database, tenants: TwoTenants
) -> None:
    home, wins = space(tenants.ours), rule(tenants.ours)
    add(database, home, wins)
    there = destination(tenants.ours, "spaces/AAAA", kind="chat_space", space_id=home.id)
    elsewhere = destination(tenants.ours, "Wall")
    add(database, there, elsewhere)
    for to in (there, elsewhere):
        add(database, RuleDestination(tenant_id=tenants.ours, rule_id=wins.id, destination_id=to.id))

    remove(database, home)

    assert (count(database, Destination), count(database, RuleDestination)) == (1, 1)
