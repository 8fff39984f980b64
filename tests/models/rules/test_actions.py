"""Actions on rules: who may do what, what is audited, and that other tenants are out of reach."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from models.rules import actions
from models.rules.drafts import RuleDraft
from models.rules.queries import destinations_of, get_rule
from models.tables import Delivery, Role, Rule
from tests.chat import audit_of, rule_of, two_tenants

DRAFT = RuleDraft("Big wins", ["deal.won"], None, ["spaces/ACME"], "compact", show_restricted=True)


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def actor_of(tenant_id: int, role: Role = Role.SALES_REP) -> Actor:
    return Actor("cleo@acme.test", tenant_id, role=role, is_certain=True, space="spaces/ACME")


def test_only_an_admin_lets_a_rule_show_restricted_objects(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        by_rep = actions.make_rule(session, actor_of(tenants[0]), DRAFT)
        assert by_rep.shows_restricted is False
        with pytest.raises(NotAllowed):
            actions.show_restricted(session, actor_of(tenants[0]), by_rep, on=True)
        actions.show_restricted(session, actor_of(tenants[0], Role.ADMIN), by_rep, on=True)
        assert by_rep.shows_restricted is True
        kept = actions.edit_rule(session, actor_of(tenants[0]), by_rep, DRAFT)
        assert kept.shows_restricted is True, "it is as the admin saw it"
        kept = actions.edit_rule(session, actor_of(tenants[0]), by_rep, replace(DRAFT, template="detailed"))
        assert kept.shows_restricted is False, "the admin opened the compact card"


def test_each_action_has_one_audit_entry(database: Database, tenants: tuple[int, int]) -> None:
    actor = actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        rule = actions.make_rule(session, actor, DRAFT)
        for _ in range(2):
            actions.switch_rule(session, actor, rule, on=False)
        entry = actions.delete_rule(session, actor, rule)
        actions.restore_rule(session, actor, entry)

    assert [action for _, action, _ in audit_of(database, tenants[0])] == [
        "rule.made",
        "rule.switched",
        "rule.deleted",
        "rule.restored",
    ]
    assert audit_of(database, tenants[1]) == []


def test_a_test_needs_a_destination_that_is_not_paused(database: Database, tenants: tuple[int, int]) -> None:
    mine = rule_of(database, tenants[0])
    with database.writing(tenants[0]) as session:
        rule = session.get_one(Rule, (tenants[0], mine.id))
        assert actions.test_rule(session, actor_of(tenants[0], Role.MANAGER), rule) == ["Deals"]
        session.query(Delivery).delete()
        for each in destinations_of(session, rule):
            each.is_active = False
        session.flush()
        with pytest.raises(InvalidRequest, match="no destination that takes cards"):
            actions.test_rule(session, actor_of(tenants[0], Role.MANAGER), rule)


def test_another_tenant_cannot_restore_our_rule(database: Database, tenants: tuple[int, int]) -> None:
    rule_id = rule_of(database, tenants[0]).id
    with database.writing(tenants[0]) as session:
        rule = session.get_one(Rule, (tenants[0], rule_id))
        entry = actions.delete_rule(session, actor_of(tenants[0], Role.ADMIN), rule)

    with database.writing(tenants[1]) as session:
        assert get_rule(session, tenants[1], rule.id) is None
        with pytest.raises(NotFound):
            actions.restore_rule(session, actor_of(tenants[1], Role.ADMIN), entry)


def test_a_rule_that_is_saved_is_locked_until_the_end(database: Database, tenants: tuple[int, int]) -> None:
    mine = rule_of(database, tenants[0])
    with database.writing(tenants[0]) as session:
        rule = session.get_one(Rule, (tenants[0], mine.id))
        locked = actions.lock_rule(session, rule)
        assert locked is not None
        assert locked.version == mine.version


def test_a_rule_that_is_deleted_while_it_is_saved_stays_deleted(
    database: Database, tenants: tuple[int, int]
) -> None:
    """Only PostgreSQL lets the two overlap; the row stays, hidden, as long as history names it."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    ada, rule_id = actor_of(tenants[0], Role.ADMIN), rule_of(database, tenants[0]).id
    with ThreadPoolExecutor(1) as other, database.writing(tenants[0]) as session:
        rule = session.get_one(Rule, (tenants[0], rule_id))

        def delete() -> None:
            with database.writing(tenants[0]) as theirs:
                actions.delete_rule(theirs, ada, theirs.get_one(Rule, (tenants[0], rule_id)))

        other.submit(delete).result()
        assert actions.lock_rule(session, rule) is None
        with pytest.raises(NotFound):
            actions.delete_rule(session, ada, rule)
    assert audit_of(database, tenants[0]) == [(ada.name, "rule.deleted", "Wins of Acme")]


def test_a_restored_rule_takes_no_name_of_another(database: Database, tenants: tuple[int, int]) -> None:
    actor = actor_of(tenants[0], Role.ADMIN)
    with database.writing(tenants[0]) as session:
        entry = actions.delete_rule(session, actor, actions.make_rule(session, actor, DRAFT))
        again = actions.make_rule(session, actor, replace(DRAFT, on=["deal.lost"]))
        with pytest.raises(Conflict):
            actions.restore_rule(session, actor, entry)
        assert again.event_types == ["deal.lost"]


def test_a_copy_is_ones_own_and_off_and_posts_where_one_may(
    database: Database, tenants: tuple[int, int]
) -> None:
    ada, cleo = Actor("ada@acme.test", tenants[0], role=Role.ADMIN), actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        theirs = actions.make_rule(session, ada, replace(DRAFT, to=["spaces/ACME", "ada@acme.test"]))
        copy, second = (actions.clone_rule(session, cleo, theirs) for _ in range(2))
        assert [copy.name, second.name] == ["Big wins (copy)", "Big wins (copy 2)"]
        assert (copy.made_by, copy.is_enabled, copy.shows_restricted) == (cleo.name, False, False)
        assert [each.name for each in destinations_of(session, copy)] == ["spaces/ACME"]
        with pytest.raises(NotAllowed):
            actions.clone_rule(session, actor_of(tenants[0], Role.VIEWER), theirs)
    assert audit_of(database, tenants[0])[1:] == [
        (cleo.name, "rule.cloned", "Big wins (copy)"),
        (cleo.name, "rule.cloned", "Big wins (copy 2)"),
    ]
