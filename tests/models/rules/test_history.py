"""What the audit trail says about rules that were changed or deleted."""

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.rules import actions
from models.rules.drafts import RuleDraft
from models.rules.history import find_deletion, last_change
from models.tables import Role
from tests.chat import rule_of, two_tenants

DRAFT = RuleDraft("Big wins", ["deal.won"], None, ["spaces/ACME"], "compact")


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def test_the_last_change_and_the_deletion_name_their_person(
    database: Database, tenants: tuple[int, int]
) -> None:
    ada, cleo = (
        Actor(name, tenants[0], role=Role.ADMIN, is_certain=True)
        for name in ("ada@acme.test", "cleo@acme.test")
    )
    with database.writing(tenants[0]) as session:
        rule = actions.make_rule(session, ada, DRAFT)
        assert last_change(session, tenants[0], "Big wins") == "ada@acme.test"
        rule_id = rule.id
        entry = actions.delete_rule(session, cleo, rule)
        found = find_deletion(session, tenants[0], rule_id)
    assert found is not None
    assert (found.entry, found.name, found.who) == (entry, "Big wins", "cleo@acme.test")
    assert found.made_by == "ada@acme.test"
    with database.reading(tenants[1]) as session:
        assert find_deletion(session, tenants[1], rule_id) is None
        assert last_change(session, tenants[1], "Big wins") == ""


def test_a_rule_that_is_there_was_not_deleted(database: Database, tenants: tuple[int, int]) -> None:
    rule_id = rule_of(database, tenants[0]).id
    with database.reading(tenants[0]) as session:
        assert find_deletion(session, tenants[0], rule_id) is None
