"""Chat says for how long history is kept, of a person how much, and whether contact details are encrypted."""

from __future__ import annotations

from sqlalchemy import select

from models.accounts.actor import system
from models.database.engine import Database
from models.maintenance.encryption import Encryption, get_encryption
from models.maintenance.retention import Retention, set_retention
from models.tables import User
from tests.chat import BOB, BOLTS, CLEO, Chat, add_sales_rep, audit_of


def test_everybody_reads_for_how_long_and_admins_get_the_way_to_change_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        set_retention(session, system(tenants[0], "test"), Retention(30, 20, 1, None), 90)

    reply = chat.say("privacy")

    for words in ("30 days", "20 days", "1 day", "forever", "/admin/data", "/privacy"):
        assert reply.has(words), words
    assert Chat(chat.deps, chat.dialect, BOB, BOLTS).say("privacy").has("90 days")


def test_admins_read_how_much_is_kept_of_a_person_of_their_team(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.reading(tenants[0]) as session:
        ada = session.scalars(select(User).where(User.email == "ada@acme.test")).one()

    reply = chat.say("privacy Ada@acme.test")

    assert reply.has("What is kept of ada@acme.test")
    assert reply.has(f"/admin/people/{ada.id}")
    assert chat.say("privacy nobody@acme.test").has("Nobody in your team")
    other = Chat(chat.deps, chat.dialect, BOB, BOLTS).say("privacy ada@acme.test")
    assert not other.has("What is kept")


def encryption_of(database: Database, tenant_id: int) -> Encryption:
    with database.reading(tenant_id) as session:
        return get_encryption(session, tenant_id)


def test_admins_turn_encryption_on_and_off_for_their_team_alone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("privacy encrypt").title == "Contact details are not encrypted"

    on = chat.say("privacy encrypt on")
    assert on.title == "Contact details are being encrypted"
    assert on.has("What comes from now on is encrypted at once.")
    assert on.buttons()["Decrypt contact details"]["to"] == "off"
    assert encryption_of(database, tenants[0]).is_on
    assert encryption_of(database, tenants[1]) == Encryption()
    assert audit_of(database, tenants[0])[-1][1] == "contacts.encrypted"

    off = chat.say("datenschutz verschlüsseln aus")
    assert off.title == "Contact details are being decrypted"
    assert off.has("What comes from now on is kept as plain text.")
    assert off.buttons()["Encrypt contact details"]["to"] == "on"
    assert not encryption_of(database, tenants[0]).is_on


def test_a_word_that_is_neither_changes_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("privacy encrypt maybe").has("Say privacy encrypt on, or privacy encrypt off.")
    assert encryption_of(database, tenants[0]) == Encryption()


def test_everybody_reads_whether_contact_details_are_encrypted_and_admins_may_change_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, user=CLEO)

    assert chat.say("privacy").buttons()["Encrypt contact details"]["to"] == "on"
    assert cleo.say("privacy").has("not encrypted")
    assert "Encrypt contact details" not in cleo.say("privacy").buttons()
    for refused in (cleo.say("privacy encrypt on"), cleo.click("privacy.encrypt", to="on")):
        assert refused.title == "You may not do this"
        assert refused.has("A sales rep may not do this. Please ask Ada")
    assert encryption_of(database, tenants[0]) == Encryption()
