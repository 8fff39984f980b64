"""E-mail addresses and outgoing webhooks in a document: loaded, compared, dumped without their secrets."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.destinations.outside import webhook_of
from models.rules_file import dump
from models.security.vault import Vault
from models.tables.destinations import Destination
from tests.documents import Loads, loader, refused

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
TEXT = f"""tenant: Acme
destinations:
  - {{name: Board, email: Board@example.com, description: on paper}}
  - {{name: ERP, webhook: "https://erp.example/hook?k=1", secret: {SECRET}}}
rules:
  - {{name: All, on: "deal.*", to: [Board, ERP]}}
"""


@pytest.fixture
def loads(database: Database, vault: Vault) -> Loads:
    return loader(database, vault)


def _row(database: Database, name: str) -> Destination:
    with database.reading_all() as session:
        return session.scalars(select(Destination).where(Destination.name == name)).one()


def test_both_kinds_are_loaded_and_loading_again_changes_nothing(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads(TEXT)

    assert (_row(database, "Board").kind, _row(database, "Board").address) == ("email", "board@example.com")
    erp = webhook_of(vault, _row(database, "ERP"))
    assert (erp.url, erp.secret) == ("https://erp.example/hook?k=1", SECRET)
    assert loads(TEXT, dry_run=True) == []


def test_a_dump_keeps_url_and_secret_back(database: Database, vault: Vault, loads: Loads) -> None:
    loads(TEXT)

    kept, shown = (dump(database, vault, "Acme", with_secrets=each) for each in (False, True))

    assert "email: board@example.com" in kept
    assert "erp.example" not in kept
    assert SECRET not in kept
    assert kept.count("!kept") == 2
    assert SECRET in shown
    assert loads(kept, dry_run=True) == []
    assert loads(shown, dry_run=True) == []


def test_another_secret_signs_beside_the_old_one(database: Database, vault: Vault, loads: Loads) -> None:
    loads(TEXT)

    changed = TEXT.replace(SECRET, NEW)
    assert loads(changed, dry_run=True) == ['~ destination "ERP": secret changed']
    loads(changed)

    erp = webhook_of(vault, _row(database, "ERP"))
    assert (erp.secret, erp.old_secret) == (NEW, SECRET)


def test_another_address_is_taken(database: Database, loads: Loads) -> None:
    loads(TEXT)

    changed = TEXT.replace("Board@example.com", "chair@example.com")
    lines = loads(changed, dry_run=True)
    loads(changed)

    assert lines == ['~ destination "Board": email "board@example.com" -> "chair@example.com"']
    assert _row(database, "Board").address == "chair@example.com"


@pytest.mark.parametrize(
    ("destination", "problem"),
    [
        ("{name: x}", "destinations[0].incoming_webhook: is missing"),
        ("{name: x, email: a@b.test, webhook: !kept}", "goes to one of them only"),
        ("{name: x, email: null}", "email must be text, not nothing"),
        ("{name: x, email: nobody}", "destinations[0].email: An e-mail address looks like"),
        ("{name: x, webhook: 'https://x.test/'}", "destinations[0].secret: is missing"),
        ("{name: x, webhook: 'http://x.test/', secret: !kept}", "destinations[0].webhook: An outgoing"),
        ("{name: x, webhook: 'https://x.test/', secret: abc}", "destinations[0].secret: A signing secret"),
        ("{name: x, email: a@b.test, secret: abc}", "goes with webhook only"),
        ("{name: x, webhook: !kept, secret: !kept}", "nothing yet"),
    ],
)
def test_what_does_not_fit_is_refused(loads: Loads, destination: str, problem: str) -> None:
    assert any(problem in each for each in refused(loads, f"tenant: New\ndestinations: [{destination}]\n"))


def test_a_name_stays_with_its_kind_of_address(loads: Loads) -> None:
    loads(TEXT)
    swapped = TEXT.replace("email: Board@example.com", f"webhook: 'https://x.test/', secret: {SECRET}")

    assert any("another name" in each for each in refused(loads, swapped))


FALLING_BACK = """tenant: Acme
spaces: [{name: spaces/AAAA, title: Deals, fallback: Board}]
destinations: [{name: Board, email: board@example.com}]
"""


def test_a_fallback_is_loaded_and_dumped(database: Database, vault: Vault, loads: Loads) -> None:
    loads(FALLING_BACK)

    assert _row(database, "spaces/AAAA").fallback_id == _row(database, "Board").id
    assert loads(dump(database, vault, "Acme", with_secrets=False), dry_run=True) == []
    loads(FALLING_BACK.replace(", fallback: Board", ""))
    assert _row(database, "spaces/AAAA").fallback_id is None


@pytest.mark.parametrize(
    ("fallback", "problem"),
    [("Nowhere", "unknown destination 'Nowhere'"), ("spaces/AAAA", "has a fallback itself")],
)
def test_a_fallback_leads_to_a_known_place_and_ends_there(loads: Loads, fallback: str, problem: str) -> None:
    text = FALLING_BACK.replace("fallback: Board", f"fallback: {fallback}")

    assert any(problem in each for each in refused(loads, text))
