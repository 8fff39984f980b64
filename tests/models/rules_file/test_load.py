"""A load tells the authors of rules that it changes or deletes, and names what it refuses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.errors import InvalidRulesFile
from models.rules_file import dump
from models.rules_file.load import KEPT_IN_FILE, load
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import Delivery, Rule, Template, Tenant, User
from tests.chat import ADA, two_tenants

VAULT = Vault(KeyRing({"test": b"k" * 32}))
DOCUMENT = "tenant: Acme\nrules:\n  - {name: Wins of Acme, on: [%s], to: [spaces/ACME]}\n"


def told(database: Database) -> list[tuple[int, str, str, str]]:
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).where(Delivery.event_type == "notice").order_by(Delivery.id))
        return [
            (each.tenant_id, each.destination_name, each.notice["title"], each.notice["words"])
            for each in owed
            if each.notice
        ]


def made_by_ada(database: Database) -> int:
    ours, _ = two_tenants(database)
    with database.writing_all() as session:
        for each in session.scalars(select(Rule)):
            each.made_by = ADA["email"]
        for user in session.scalars(select(User)):
            user.chat_name = user.email
    return ours


def test_the_author_of_a_rule_hears_that_a_file_changed_it(database: Database) -> None:
    ours = made_by_ada(database)
    load(database, VAULT, [("a.yaml", DOCUMENT % "deal.won")], dry_run=False)
    assert told(database) == [], "nothing changed"
    load(database, VAULT, [("a.yaml", DOCUMENT % "deal.lost")], dry_run=True)
    assert told(database) == []
    load(database, VAULT, [("a.yaml", DOCUMENT % "deal.lost")], dry_run=False)
    assert told(database) == [
        (ours, ADA["email"], "Your rule “Wins of Acme” was changed", f"By a rules file. {KEPT_IN_FILE}")
    ]


def test_the_author_of_a_rule_hears_that_a_file_deleted_it(database: Database) -> None:
    ours = made_by_ada(database)
    load(database, VAULT, [("a.yaml", "tenant: Acme\nrules: []\n")], dry_run=False)
    assert told(database) == [
        (ours, ADA["email"], "Your rule “Wins of Acme” was deleted", f"By a rules file. {KEPT_IN_FILE}")
    ]


BROKEN = "tenant: Acme\ntemplates: [{name: Look, liquid: '%s'}]\nrules:\n"
USING = "  - {name: Wins of Acme, on: [deal.won], to: [spaces/ACME], urgent: true, template: %s}\n"


@pytest.mark.parametrize("template", ["Look", "{liquid: '{{ who'}"])
def test_what_is_refused_today_is_loaded_where_it_is_stored_just_so(
    database: Database, template: str
) -> None:
    ours, _ = two_tenants(database)
    with database.writing_all() as session:
        session.add(Template(tenant_id=ours, name="Look", source="{{ title"))
        rule = session.scalars(select(Rule).where(Rule.tenant_id == ours)).one()
        rule.look, rule.liquid = "custom", "{{ who"

    load(database, VAULT, [("a.yaml", BROKEN % "{{ title" + USING % template)], dry_run=False)

    with database.reading_all() as session:
        assert session.scalars(select(Rule.is_urgent).where(Rule.tenant_id == ours)).one() is True
    with pytest.raises(InvalidRulesFile, match=r"templates\[0\].liquid: “\{\{” is not closed"):
        load(database, VAULT, [("a.yaml", BROKEN % "{{ link" + USING % template)], dry_run=False)


KEPT_NAME = "tenant: Acme\ntemplates: []\nrules:\n  - {%s, on: [deal.won], to: [spaces/ACME], template: %s}\n"


@pytest.mark.parametrize("rule", ["name: Wins of Acme", "name: Wins of Acme, urgent: true"])
def test_a_template_that_a_rule_still_names_is_not_removed(database: Database, rule: str) -> None:
    """Whether the rule stays just so or changes otherwise."""
    ours, theirs = two_tenants(database)
    with database.writing_all() as session:
        for each in (ours, theirs):
            session.add(Template(tenant_id=each, name="Short", source="{{ title }}"))
    using = KEPT_NAME.replace("[]", "[{name: Short, liquid: '{{ title }}'}]") % (
        "name: Wins of Acme",
        "Short",
    )
    load(database, VAULT, [("a.yaml", using)], dry_run=False)

    for dry_run in (True, False):
        with pytest.raises(InvalidRulesFile) as refused:
            load(database, VAULT, [("a.yaml", KEPT_NAME % (rule, "Short"))], dry_run=dry_run)
        assert refused.value.problems == ["rules[0].template: unknown template 'Short' (line 4)"]

    load(database, VAULT, [("a.yaml", KEPT_NAME % (rule, "compact"))], dry_run=False)
    with database.reading_all() as session:
        assert session.scalars(select(Template.tenant_id)).all() == [theirs]


PLAN = "tenant: Acme\nplan: {name: small, monthly_limit: 5, features: {digests: false, api: true}}\n"


def test_a_plan_with_switched_features_is_loaded_dumped_and_loaded_again(database: Database) -> None:
    ours, theirs = two_tenants(database)

    load(database, VAULT, [("a.yaml", PLAN)], dry_run=False)

    with database.reading_all() as session:
        tenants = {each.id: each for each in session.scalars(select(Tenant))}
    assert (tenants[ours].plan, tenants[ours].monthly_limit) == ("small", 5)
    assert tenants[ours].features == {"api": True, "digests": False}
    assert tenants[theirs].features is None
    dumped = dump(database, VAULT, "Acme", with_secrets=False)
    assert "features:" in dumped
    assert "plan" not in "".join(load(database, VAULT, [("a.yaml", dumped)], dry_run=True))
    load(database, VAULT, [("a.yaml", "tenant: Acme\nplan: {name: small}\n")], dry_run=False)
    with database.reading_all() as session:
        assert session.get_one(Tenant, ours).features is None


@pytest.mark.parametrize(
    ("features", "told"),
    [
        ("{digest: false}", "plan.features: unknown feature 'digest'; there are analytics,"),
        ("{digests: 1}", "plan.features: digests must be true or false"),
        ("[digests]", "plan.features: must be a mapping of features to true or false"),
    ],
)
def test_features_that_do_not_fit_are_named(database: Database, features: str, told: str) -> None:
    two_tenants(database)
    document = f"tenant: Acme\nplan: {{name: small, features: {features}}}\n"

    with pytest.raises(InvalidRulesFile) as refused:
        load(database, VAULT, [("a.yaml", document)], dry_run=False)

    assert refused.value.problems[0].startswith(told)
