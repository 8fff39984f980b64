"""Destinations: unique names in a tenant, active until paused, and removed from rules on deletion."""

from __future__ import annotations

from sqlalchemy import select, text

from models.database.engine import Database
from models.destinations.linking import add_incoming_webhook
from models.security.vault import Vault
from models.tables import Destination, RuleDestination
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, destination, refused, remove, rule, space

URL = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=k3y-of-acme&token=t0ken-of-acme"


def test_the_schema_lets_a_new_destination_hear(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(
        database,
        "destinations",
        tenant_id=tenants.ours,
        uid="u1",
        kind="chat_dm",
        name="Ada",
        address="ada@example.com",
        lane="dm:ada",
        created_at=LONG_AGO,
    )
    assert (bool(made["is_active"]), made["paused_because"], made["description"]) == (True, None, "")


def test_a_row_comes_back_as_it_was_written(database: Database, tenants: TwoTenants) -> None:
    add(database, destination(tenants.ours, "Wins wall", description="The screen at the door ☃"))
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(Destination)).one()
    assert (kept.name, kept.description) == ("Wins wall", "The screen at the door ☃")
    assert len(kept.uid) == 32


def test_a_name_is_one_destination_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, destination(tenants.ours), destination(tenants.theirs))
    refused(database, destination(tenants.ours))


def test_it_never_stands_for_a_space_of_another_tenant(database: Database, tenants: TwoTenants) -> None:
    theirs = space(tenants.theirs)
    add(database, theirs)
    refused(database, destination(tenants.ours, kind="chat_space", space_id=theirs.id))


def test_removing_it_leaves_the_rule_with_its_other_ways(database: Database, tenants: TwoTenants) -> None:
    wins, gone, kept = rule(tenants.ours), destination(tenants.ours, "A"), destination(tenants.ours, "B")
    add(database, wins, gone, kept)
    for to in (gone, kept):
        add(database, RuleDestination(tenant_id=tenants.ours, rule_id=wins.id, destination_id=to.id))

    remove(database, gone)

    assert count(database, type(wins)) == 1
    assert count(database, RuleDestination) == 1


def test_the_raw_columns_never_hold_the_url_of_a_webhook(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    with database.writing(tenants.ours) as session:
        add_incoming_webhook(session, vault, tenants.ours, "Wall", URL)
    with database.reading_all() as session:
        row = session.execute(text("SELECT * FROM destinations")).mappings().one()
    assert "acme" not in repr(dict(row))
    assert row["lane"] == "spaces/BBBB"


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
