"""Templates: saved with rights and audit, deleted without a change of any card, one tenant's own."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import Conflict, InvalidRequest, NotAllowed
from models.rules import templates
from models.tables import Role, Rule, Template, Tenant
from tests.chat import audit_of, rule_of, two_tenants

SOURCE = "Hurra, {{ deal.title }}!"


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def admin(tenant_id: int, role: Role = Role.ADMIN) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=role, is_certain=True)


def test_a_template_is_saved_edited_and_recorded_once(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing(tenants[0]) as session:
        made = templates.save_template(session, admin(tenants[0]), " Hurra ", SOURCE)
        templates.save_template(session, admin(tenants[0]), "Hurra", SOURCE, made)
        templates.save_template(session, admin(tenants[0]), "Hooray", SOURCE, made)
        assert [each.name for each in templates.list_templates(session, tenants[0])] == ["Hooray"]
        assert templates.get_template(session, tenants[0], made.id) is made
    acts = [(action, what) for _, action, what in audit_of(database, tenants[0])]
    assert acts == [("template.made", "Hurra"), ("template.edited", "Hooray")]
    with database.reading(tenants[1]) as session:
        assert templates.list_templates(session, tenants[1]) == []
        assert templates.get_template(session, tenants[1], made.id) is None


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("", SOURCE, "1 to"),
        ("x" * 400, SOURCE, "1 to"),
        ("Compact", SOURCE, "a look that every team has"),
        ("Hurra", " ", "is empty"),
        ("Hurra", "a\0b", "is empty"),
        ("Hurra", "{{ deal.title", "line 1"),
        ("Hurra", "{{ title | shout }}", "Unknown filter 'shout' (line 1 of the template)."),
    ],
)
def test_what_cannot_be_saved_is_refused_in_words(
    database: Database, tenants: tuple[int, int], name: str, source: str, says: str
) -> None:
    with database.writing(tenants[0]) as session, pytest.raises(InvalidRequest) as refused:
        templates.save_template(session, admin(tenants[0]), name, source)
    assert says in refused.value.user_message


def test_a_template_that_is_refused_today_can_be_renamed(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        stored = Template(tenant_id=tenants[0], name="Old", source="{{ title")
        session.add(stored)
        session.flush()
        assert templates.save_template(session, admin(tenants[0]), "New", "{{ title", stored).name == "New"
        with pytest.raises(InvalidRequest, match="not closed"):
            templates.save_template(session, admin(tenants[0]), "New", "{{ who", stored)


def test_a_name_is_taken_once_in_a_tenant(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing(tenants[0]) as session:
        templates.save_template(session, admin(tenants[0]), "Hurra", SOURCE)
        with pytest.raises(Conflict):
            templates.save_template(session, admin(tenants[0]), "Hurra", SOURCE)
    with database.writing(tenants[1]) as session:
        templates.save_template(session, admin(tenants[1]), "Hurra", SOURCE)


@pytest.mark.parametrize("role", [Role.SALES_REP, Role.ANALYST, Role.VIEWER])
def test_only_who_changes_everybodys_rules_changes_templates(
    database: Database, tenants: tuple[int, int], role: Role
) -> None:
    with database.writing(tenants[0]) as session:
        made = templates.save_template(session, admin(tenants[0]), "Hurra", SOURCE)
        with pytest.raises(NotAllowed):
            templates.save_template(session, admin(tenants[0], role), "Mine", SOURCE)
        with pytest.raises(NotAllowed):
            templates.delete_template(session, admin(tenants[0], role), made)


def test_rules_keep_the_text_of_a_deleted_template(database: Database, tenants: tuple[int, int]) -> None:
    rule = rule_of(database, tenants[0])
    with database.writing(tenants[0]) as session:
        made = templates.save_template(session, admin(tenants[0]), "Hurra", SOURCE)
        stored = session.get_one(Rule, (tenants[0], rule.id))
        stored.look, stored.template_id = "custom", made.id
        session.flush()
        assert templates.rules_by_template(session, tenants[0]) == {made.id: ["Wins of Acme"]}
        version = session.get_one(Tenant, tenants[0]).ruleset_version
        assert templates.delete_template(session, admin(tenants[0]), made) == ["Wins of Acme"]
    with database.reading(tenants[0]) as session:
        kept = session.get_one(Rule, (tenants[0], rule.id))
        assert (kept.look, kept.liquid, kept.template_id) == ("custom", SOURCE, None)
        assert session.query(Template).filter(Template.tenant_id == tenants[0]).count() == 0
        assert session.get_one(Tenant, tenants[0]).ruleset_version > version
