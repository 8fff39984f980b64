"""Chat says for how long history is kept, and to admins how much is kept of a person of their team."""

from __future__ import annotations

from sqlalchemy import select

from models.accounts.actor import system
from models.database.engine import Database
from models.maintenance.retention import Retention, set_retention
from models.tables import User
from tests.chat import BOB, BOLTS, Chat


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
