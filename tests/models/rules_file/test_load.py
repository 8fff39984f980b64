"""A load tells the authors of rules that it changes or deletes."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.rules_file.load import KEPT_IN_FILE, load
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import Delivery, Rule, User
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
