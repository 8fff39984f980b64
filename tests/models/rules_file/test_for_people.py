"""Rules exported and imported by people: one tenant, rules and templates alone, all or nothing."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRulesFile, NotAllowed
from models.rules_file import load
from models.rules_file.for_people import check_import, export_rules, import_rules
from models.security.vault import Vault
from models.tables import Role, Rule, Template
from tests.chat import audit_of, rule_of, two_tenants

NEW = """
rules:
  - {name: Wins of Acme, on: deal.won, to: [spaces/ACME], template: Hurra}
  - {name: Losses, on: deal.lost, to: [spaces/ACME], when: {field: value, op: at_least, value: 10}}
templates:
  - {name: Hurra, liquid: "Hurra {{ title }}"}
"""


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def actor_of(tenant_id: int, role: Role = Role.ADMIN) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=role, is_certain=True)


def changes(database: Database, vault: Vault, actor: Actor, text: str) -> list[str]:
    with database.reading(actor.tenant) as session:
        return check_import(session, vault, actor, text)


def problems(database: Database, vault: Vault, actor: Actor, text: str) -> list[str]:
    with pytest.raises(InvalidRulesFile) as refused:
        changes(database, vault, actor, text)
    return refused.value.problems


def test_what_was_exported_changes_nothing_here_nor_on_the_command_line(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    ada = actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        import_rules(session, vault, ada, NEW)
    with database.reading(tenants[0]) as session:
        document = export_rules(session, ada)

    assert "Wins of Bolt" not in document
    assert changes(database, vault, ada, document) == []
    assert load(database, vault, [("rules.yaml", document)], dry_run=True) == []


def test_an_import_changes_what_its_check_said(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    ada = actor_of(tenants[0])
    seen = changes(database, vault, ada, NEW)
    assert seen == [
        '+ template "Hurra"',
        '+ rule "Losses"',
        '~ rule "Wins of Acme": template "compact" -> "Hurra"',
    ]
    with database.writing(tenants[0]) as session:
        assert import_rules(session, vault, ada, NEW) == seen
    assert rule_of(database, tenants[0], "Losses").made_by == ada.name
    assert audit_of(database, tenants[0]) == [(ada.name, "document.imported", "Acme")]
    assert audit_of(database, tenants[1]) == []
    with database.writing(tenants[0]) as session:
        assert import_rules(session, vault, ada, NEW) == []
        assert import_rules(session, vault, ada, "rules: []\ntemplates: []") == [
            '- template "Hurra"',
            '- rule "Wins of Acme"',
            '- rule "Losses"',
        ]
    assert rule_of(database, tenants[1], "Wins of Bolt") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be one document"),
        ("a: [", "(line "),
        ("tenant: Acme\n---\ntenant: Acme", "there must be one document"),
        ("tenant: Bolt\nrules: []", "tenant: is 'Bolt', and this team is 'Acme' (line 1)"),
        ("users: [{email: eve@acme.test, role: admin}]", "users: cannot be imported here"),
        ("spaces: []", "spaces: cannot be imported here"),
        ("pipedrive: {company_id: 7}", "pipedrive: cannot be imported here"),
        ("plan: {name: business}", "plan: cannot be imported here"),
        ("rules: [{name: A, on: deal.wonn, to: [spaces/ACME]}]", "rules[0].on"),
        ("rules: [{name: A, on: deal.won, to: [spaces/BOLT]}]", "rules[0].to[0]: unknown destination"),
        ("rules: [{name: A, on: deal.won, to: [spaces/ACME], template: X}]", "rules[0].template"),
    ],
)
def test_what_is_wrong_or_not_theirs_is_refused_with_its_line(
    database: Database, tenants: tuple[int, int], vault: Vault, text: str, says: str
) -> None:
    assert any(says in each for each in problems(database, vault, actor_of(tenants[0]), text))


@pytest.mark.parametrize("rest", ["", ", urgent: true"])
def test_a_template_that_a_rule_still_names_is_not_removed(
    database: Database, tenants: tuple[int, int], vault: Vault, rest: str
) -> None:
    ada = actor_of(tenants[0])
    with database.writing(tenants[0]) as session:
        import_rules(session, vault, ada, NEW)
    rule = f"{{name: Wins of Acme, on: deal.won, to: [spaces/ACME], template: Hurra{rest}}}"
    text = f"templates: []\nrules:\n  - {rule}\n"

    told = ["rules[0].template: unknown template 'Hurra' (line 3)"]
    assert problems(database, vault, ada, text) == told
    with database.writing(tenants[0]) as session, pytest.raises(InvalidRulesFile) as refused:
        import_rules(session, vault, ada, text)
    assert refused.value.problems == told


def test_only_an_admin_imports_rules_that_show_restricted_objects(
    database: Database, tenants: tuple[int, int], vault: Vault
) -> None:
    shows = "rules: [{name: Wins of Acme, on: deal.won, to: [spaces/ACME], show_restricted: true}]"
    manager = actor_of(tenants[0], Role.MANAGER)
    assert "only an admin" in problems(database, vault, manager, shows)[0]
    with database.writing(tenants[0]) as session:
        import_rules(session, vault, actor_of(tenants[0]), shows)
        assert import_rules(session, vault, manager, shows) == [], "it is as the admin saw it"


@pytest.mark.parametrize("role", [Role.SALES_REP, Role.ANALYST, Role.VIEWER])
def test_who_changes_only_their_own_rules_exports_and_imports_nothing(
    database: Database, tenants: tuple[int, int], vault: Vault, role: Role
) -> None:
    actor = actor_of(tenants[0], role)
    with database.writing(tenants[0]) as session:
        for ask in (
            lambda: export_rules(session, actor),
            lambda: check_import(session, vault, actor, NEW),
            lambda: import_rules(session, vault, actor, NEW),
        ):
            with pytest.raises(NotAllowed):
                ask()
        assert session.query(Rule).filter(Rule.tenant_id == tenants[0]).count() == 1
        assert session.query(Template).filter(Template.tenant_id == tenants[0]).count() == 0
