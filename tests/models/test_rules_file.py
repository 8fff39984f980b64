"""Loading a document: sections are complete, all is written or nothing, and a second load changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import migrate
from models.database.engine import Database
from models.rules_file import dump, load
from models.security.audit import Auditor
from models.security.vault import Vault
from models.tables.accounts import Tenant, User
from models.tables.audit import AuditEntry
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.rules import Rule
from tests.documents import ACME, Loads, loader, names, refused, version


@pytest.fixture
def loads(database: Database, vault: Vault) -> Loads:
    return loader(database, vault)


def test_document_becomes_a_tenant_with_all_its_parts(database: Database, loads: Loads) -> None:
    assert loads(ACME)[0].startswith("Acme: 1 tenant added, pipedrive changed, 2 users added")
    assert names(database, Rule) == ["All", "Big wins"]
    assert names(database, Destination) == ["Wins wall", "ada@example.com", "spaces/AAAA", "spaces/CCCC"]
    with database.reading_all() as session:
        tenant = session.scalars(select(Tenant)).one()
        lanes = dict(session.execute(select(Destination.name, Destination.lane)).all())
    assert tenant.monthly_limit is None
    assert lanes["Wins wall"] == "spaces/BBBB"
    assert lanes["ada@example.com"] == "dm:ada@example.com"


def test_loading_twice_writes_nothing_the_second_time(database: Database, loads: Loads) -> None:
    loads(ACME)
    before = version(database)
    assert loads(ACME) == ["Acme: nothing changed"]
    assert version(database) == before
    with database.reading_all() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 1


def test_people_keep_the_name_that_a_document_does_not_set(database: Database, loads: Loads) -> None:
    loads("tenant: Acme\nusers: [{email: ada@example.com, role: admin, name: Ada Lovelace}]")

    assert loads("tenant: Acme\nusers: [{email: ada@example.com}]") == [
        "Acme: 1 user changed",
    ]
    with database.reading_all() as session:
        ada = session.scalars(select(User)).one()
    assert (ada.display_name, ada.role) == ("Ada Lovelace", "sales_rep")


def test_what_a_present_section_does_not_name_is_removed(database: Database, loads: Loads) -> None:
    loads(ACME)
    loads("tenant: Acme\nrules: [{name: All, on: '*', to: spaces/CCCC}]\nquiet_hours: []")
    assert names(database, Rule) == ["All"]
    assert names(database, Space) == ["spaces/AAAA", "spaces/CCCC"]
    with database.reading_all() as session:
        assert session.scalars(select(QuietHours)).all() == []
        assert len(session.scalars(select(User)).all()) == 2


def test_removed_space_switches_off_the_rule_it_was_the_last_destination_of(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads(ACME)
    loads("tenant: Acme\nspaces: [{name: spaces/AAAA}]")
    with database.reading_all() as session:
        enabled = dict(session.execute(select(Rule.name, Rule.is_enabled)).all())
    assert enabled == {"Big wins": True, "All": False}
    assert loads(dump(database, vault, "Acme", with_secrets=False)) == ["Acme: nothing changed"]


def test_other_tenants_are_never_touched(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME, "tenant: Umbrella\nspaces: [{name: spaces/U}]\nrules: [{name: x, on: '*', to: spaces/U}]")
    before = dump(database, vault, "Umbrella", with_secrets=True), version(database, "Umbrella")
    loads("tenant: Acme\nspaces: []\nrules: []\nusers: []\ndestinations: []")
    assert (dump(database, vault, "Umbrella", with_secrets=True), version(database, "Umbrella")) == before


def test_a_rule_that_moves_to_another_space_stays_on(database: Database, loads: Loads) -> None:
    spaces = "spaces: [{{name: {0}}}]\nrules: [{{name: Wins, on: deal.won, to: [{0}]}}]\n"
    loads(f"tenant: Acme\n{spaces.format('spaces/AAAA')}")
    loads(f"tenant: Acme\n{spaces.format('spaces/CCCC')}")

    with database.reading_all() as session:
        rule = session.scalars(select(Rule).where(Rule.name == "Wins")).one()
        assert rule.is_enabled


def test_history_keeps_the_names_of_what_was_removed(database: Database, loads: Loads) -> None:
    loads(ACME)
    with database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.name == "All")).one()
        target = session.scalars(select(Destination).where(Destination.name == "spaces/CCCC")).one()
        history = Delivery(
            tenant_id=rule.tenant_id,
            rule_id=rule.id,
            destination_id=target.id,
            rule_name="All",
            destination_name="spaces/CCCC",
            lane="spaces/CCCC",
        )
        session.add(history)
    loads("tenant: Acme\nspaces: []\nrules: []")
    with database.reading_all() as session:
        kept = session.scalars(select(Delivery)).one()
        assert session.scalars(select(Rule).where(Rule.name == "All")).all() == []
    assert (kept.rule_name, kept.destination_name) == ("All", "spaces/CCCC")
    assert (kept.state, kept.reason) == ("skipped", "the destination was removed")


def test_all_problems_come_at_once_with_path_and_line_and_nothing_is_written(
    database: Database, loads: Loads
) -> None:
    text = """tenant: Acme
spaces: [{name: spaces/AAAA}]
rules:
  - name: First
    on: deal.won
    to: spaces/AAAA
  - name: Second
    on: [deal.won, deal.wonn]
    when:
      all:
        - {field: value, op: resembles, value: 1}
        - {field: valu, op: is, value: 1}
    to: [spaces/AAAB]
    tempalte: compact
    urgent: yes
"""
    assert refused(loads, text) == [
        "rules[1].on[1]: unknown event type 'deal.wonn', did you mean 'deal.won'? (line 8)",
        "rules[1].when.all[0].op: unknown operator 'resembles' (line 11)",
        "rules[1].when.all[1].field: unknown field 'valu', did you mean 'value'? (line 12)",
        "rules[1].to[0]: unknown destination 'spaces/AAAB', did you mean 'spaces/AAAA'? (line 13)",
        "rules[1].tempalte: unknown key, did you mean 'template'? (line 14)",
        "rules[1].urgent: must be true or false, not text (line 15)",
    ]
    assert version(database) is None


def test_one_wrong_file_stops_all_files(database: Database, loads: Loads) -> None:
    problems = refused(loads, ACME, "tenant: Umbrella\nrules: [{name: x}]")
    assert "rules[0].on: is missing (line 2 in file2.yaml)" in problems
    assert version(database) is None


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("pipedrive: {company_id: '12345'}", "pipedrive.company_id: company '12345'"),
        ("pipedrive: {webhook: {key: k-acme, user: a, password: b}}", "pipedrive.webhook.key: key 'k-acme'"),
        ("spaces: [{name: spaces/AAAA}]", "spaces[0].name: space 'spaces/AAAA'"),
    ],
)
def test_key_company_and_space_belong_to_one_tenant(claim: str, problem: str, loads: Loads) -> None:
    expected = f"{problem} belongs to tenant 'Acme' (line 2"
    document = f"tenant: Umbrella\n{claim}"
    together = refused(loads, ACME, document)
    loads(ACME)
    afterwards = refused(loads, document)
    assert [each[: len(expected)] for each in (*together, *afterwards)] == [expected, expected]


def test_space_moves_when_its_owner_removes_it_in_the_same_load(database: Database, loads: Loads) -> None:
    loads(ACME)
    loads("tenant: Umbrella\nspaces: [{name: spaces/CCCC}]", "tenant: Acme\nspaces: [{name: spaces/AAAA}]")
    assert names(database, Space) == ["spaces/AAAA"]
    assert names(database, Space, "Umbrella") == ["spaces/CCCC"]


def test_sections_of_one_tenant_may_come_from_several_files(database: Database, loads: Loads) -> None:
    loads(
        "tenant: Acme\nspaces: [{name: spaces/A}]", "tenant: Acme\nrules: [{name: x, on: '*', to: spaces/A}]"
    )
    assert names(database, Rule) == ["x"]
    twice = refused(loads, "tenant: Acme\nspaces: []", "tenant: Acme\nspaces: []")
    assert twice == ["spaces: is in another document of tenant 'Acme' too (line 2 in file2.yaml)"]


def test_dry_run_shows_each_difference_and_writes_nothing(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads(ACME)
    before = dump(database, vault, "Acme", with_secrets=True), version(database)
    text = """tenant: Acme
rules:
  - {name: All, on: ["deal.*", lead.created], to: spaces/CCCC, template: Short, urgent: true, enabled: false}
  - {name: New, on: "*", to: spaces/CCCC}
"""
    assert loads(text, dry_run=True) == [
        '+ rule "New"',
        '- rule "Big wins"',
        '~ rule "All": enabled true -> false',
    ]
    assert (dump(database, vault, "Acme", with_secrets=True), version(database)) == before


def test_load_is_audited_without_secrets(database: Database, auditor: Auditor, loads: Loads) -> None:
    loads(ACME)
    with database.reading_all() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert auditor.first_broken(session, entry.tenant_id) is None
    assert (entry.action, entry.object) == ("document.loaded", "Acme")
    assert '+ rule "Big wins"' in entry.details["changes"]
    assert not any(secret in str(entry.details) for secret in ("s3cret", "r-token", "token=tt"))


def test_template_in_use_is_not_removed(loads: Loads) -> None:
    loads(ACME)
    assert refused(loads, "tenant: Acme\ntemplates: []") == [
        "templates: 'Short' is still used by rule 'All' (line 2)"
    ]


def test_ten_thousand_rules_load_at_once(tmp_path: Path, vault: Vault, auditor: Auditor) -> None:
    database = Database(f"sqlite:///{tmp_path / 'big.db'}", auditor)
    migrate.upgrade(database)
    rule = "  - {name: r%d, on: deal.won, when: {field: value, op: at_least, value: %d}, to: spaces/A}"
    rules = "\n".join(rule % (number, number) for number in range(10_000))
    load(
        database,
        vault,
        [("", f"tenant: Big\nspaces: [{{name: spaces/A}}]\nrules:\n{rules}")],
        dry_run=False,
    )
    assert len(names(database, Rule, "Big")) == 10_000
    database.close()


def test_how_updates_come_is_dumped_and_compared(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME)
    assert "update:" not in dump(database, vault, "Acme", with_secrets=False)
    changing = ACME.replace("urgent: true}", "urgent: true, update: card}")
    assert loads(changing, dry_run=True) == ['~ rule "All": update "reply" -> "card"']
    loads(changing)
    assert "update: card" in dump(database, vault, "Acme", with_secrets=False)


def test_show_restricted_is_dumped_and_compared(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME)
    assert "show_restricted" not in dump(database, vault, "Acme", with_secrets=False)
    opened = ACME.replace("urgent: true}", "urgent: true, show_restricted: true}")
    assert loads(opened, dry_run=True) == ['~ rule "All": show_restricted false -> true']
    loads(opened)
    assert "show_restricted: true" in dump(database, vault, "Acme", with_secrets=False)
