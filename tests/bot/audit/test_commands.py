"""Admins read the trail of their own team in Chat; nobody else does."""

from __future__ import annotations

from models.accounts.actor import system
from models.database.engine import Database
from models.security.audit import record
from tests.chat import BOB, BOLTS, Chat


def fill(database: Database, tenants: tuple[int, int]) -> None:
    for tenant_id, team in zip(tenants, ("acme", "bolt"), strict=True):
        with database.writing(tenant_id) as session:
            record(session, system(tenant_id, f"ada@{team}.com"), "rule.made", f"Wins <b>of {team}</b>")
            record(session, system(tenant_id, f"cleo@{team}.com"), "space.linked", f"Deals of {team}")


def test_the_newest_entries_of_ones_own_team_are_shown(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    fill(database, tenants)

    reply = chat.say("audit")

    assert reply.has("space.linked: Deals of acme")
    assert reply.has("ada@acme.com")
    assert reply.has("&lt;b&gt;of acme")
    assert not reply.has("bolt")
    assert Chat(chat.deps, chat.dialect, BOB, BOLTS).say("audit").has("Deals of bolt")


def test_the_trail_is_narrowed_by_kind_person_and_days(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    fill(database, tenants)

    assert not chat.say("audit rule").has("space.linked")
    assert chat.say("audit cleo@acme.com 7d").has("space.linked")
    assert not chat.say("audit cleo@acme.com 7d").has("rule.made")
    assert chat.say("audit nothing").has("Nothing like that was done.")
