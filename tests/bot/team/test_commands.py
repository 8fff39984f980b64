"""What admins and managers do with the people of their team in Chat."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, User
from tests.bot.company import Company, take_role
from tests.chat import ADA, BOB, CLEO, Chat, add_sales_rep, audit_of


def roles_of(database: Database, tenant_id: int) -> dict[str, str]:
    with database.reading_all() as session:
        users = session.scalars(select(User).where(User.tenant_id == tenant_id))
        return {user.email: user.role for user in users}


def notices(database: Database) -> list[dict[str, Any]]:
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).where(Delivery.event_type == "notice").order_by(Delivery.id))
        return [{"to": each.destination_name, **(each.notice or {})} for each in owed]


@pytest.fixture
def with_cleo(chat: Chat, database: Database, tenants: tuple[int, int]) -> Chat:
    """Ada asks; Cleo is a sales rep whom Chat has met."""
    add_sales_rep(database, tenants[0])
    chat.user = CLEO
    chat.say("help")
    chat.user = ADA
    return chat


@pytest.mark.parametrize("words", ["team", "team list", "people", "list users"])
def test_the_list_names_everybody_of_the_team_and_nobody_else(with_cleo: Chat, words: str) -> None:
    reply = with_cleo.say(words)
    assert reply.title == "People"
    assert reply.has("cleo@acme.test")
    assert reply.has("sales rep")
    assert reply.has("admin · you")
    assert not reply.has(BOB["email"])
    assert {"Invite", "Open"} <= set(reply.buttons())


def test_the_list_is_searched_by_words_and_turns_pages(
    with_cleo: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add_all(User(tenant_id=tenants[0], email=f"rep{each:02}@acme.test") for each in range(25))
    assert with_cleo.say("team list CLEO").has("1 person")
    nobody = with_cleo.say("team list xyzzy")
    assert nobody.has("Nobody has “xyzzy”")
    first = with_cleo.say("team list rep")
    assert first.has("page 1 of 3")
    assert with_cleo.click(**first.buttons()["Next"]).has("page 2 of 3")


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("cleo@acme.test manager", "manager"),
        ("Cleo analyst", "analyst"),
        ("cleo sales rep", "sales_rep"),
        ("'Cleo' Viewer", "viewer"),
        ("CLEO@acme.test admin", "admin"),
    ],
)
def test_a_role_is_given_by_name_or_email(
    with_cleo: Chat, database: Database, tenants: tuple[int, int], words: str, role: str
) -> None:
    reply = with_cleo.say(f"team role {words}")
    assert reply.title == "Cleo"
    assert roles_of(database, tenants[0])["cleo@acme.test"] == role
    assert reply.wake_worker is (role != "sales_rep")


def test_who_gets_another_role_is_told_by_whom(with_cleo: Chat, database: Database) -> None:
    for _ in range(2):
        with_cleo.say("team role cleo manager")
    (told,) = notices(database)
    assert told["to"] == CLEO["email"]
    assert told["title"] == "Your role in Acme is now manager"
    assert told["words"].startswith("By Ada Lovelace. It was sales rep.")


@pytest.mark.parametrize("words", ["team role cleo", "team role", "team role cleo boss"])
def test_a_role_that_is_missing_or_unknown_is_asked_for_with_all_there_are(
    with_cleo: Chat, words: str
) -> None:
    reply = with_cleo.say(words)
    assert reply.title == "That does not fit"
    assert reply.has("admin, manager, sales rep, analyst, viewer")


def test_the_last_admin_is_neither_demoted_nor_removed(
    with_cleo: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.reading_all() as session:
        ada = session.scalars(select(User.id).where(User.email == ADA["email"])).one()
    for reply in (
        with_cleo.say("team role me viewer"),
        with_cleo.say("team remove me"),
        with_cleo.submit("team.drop", {}, person=str(ada)),
    ):
        assert reply.has("only admin of your team")
    assert roles_of(database, tenants[0])[ADA["email"]] == "admin"


def test_an_invitation_makes_a_user_with_the_role_that_was_said(
    with_cleo: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = with_cleo.say("team invite Zoe@Acme.test analyst")
    assert reply.title == "zoe@acme.test"
    assert reply.has("has not met them yet")
    with_cleo.say("team invite max@acme.test")
    roles = roles_of(database, tenants[0])
    assert (roles["zoe@acme.test"], roles["max@acme.test"]) == ("analyst", "sales_rep")
    assert with_cleo.say("team invite zoe@acme.test").has("in your team already")
    assert with_cleo.say("team invite zoe").has("no e-mail address")
    assert with_cleo.say("team invite eve@acme.test boss").has("There is no role “boss”")


def test_who_was_invited_is_a_user_at_their_next_word(with_cleo: Chat) -> None:
    zoe = {"name": "users/9", "email": "zoe@acme.test", "displayName": "Zoe", "type": "HUMAN"}
    with_cleo.user = zoe
    assert with_cleo.say("rule new").title == "You may not do this"
    with_cleo.user = ADA
    with_cleo.say("team invite zoe@acme.test")
    with_cleo.user = zoe
    assert with_cleo.say("rule new").title == "Make a rule"


def test_removing_asks_first_and_names_what_is_lost(
    with_cleo: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = with_cleo.say("team remove cleo")
    assert asked.title == "Remove from the team?"
    assert asked.has("Cleo (cleo@acme.test) can do nothing")
    assert CLEO["email"] in roles_of(database, tenants[0])
    done = with_cleo.submit("team.drop", {}, person=asked.buttons()["Remove"]["person"])
    assert done.title == "Cleo is removed"
    assert CLEO["email"] not in roles_of(database, tenants[0])
    assert audit_of(database, tenants[0])[-1] == (ADA["email"], "user.removed", CLEO["email"])
    with_cleo.user = CLEO
    assert with_cleo.say("rule new").has("You are a guest of Acme")


@pytest.mark.parametrize("role", ["manager", "sales_rep", "viewer", None])
def test_a_manager_reads_people_and_others_are_told_who_may(company: Company, role: str | None) -> None:
    take_role(company, role)
    reply = company.chat.say("team")
    assert (reply.title == "People") is (role == "manager")
    assert "Invite" not in reply.buttons()
    assert role == "manager" or reply.has("Please ask ada@acme.test")
    shown = company.chat.click("team.show", person=str(company.own.person))
    assert set(shown.buttons()) == ({"All people"} if role == "manager" else {"Help"})


def test_several_that_fit_are_asked_back(
    with_cleo: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for name in ("ann@acme.test", "anna@acme.test"):
            session.add(User(tenant_id=tenants[0], email=name))
    assert with_cleo.say("team role an viewer").has("Several fit “an”")
    assert with_cleo.say("team role ann@acme.test viewer").title == "ann@acme.test"
    assert with_cleo.say("team role zoe viewer").has("There is no person “zoe”")
    assert with_cleo.say("team role bob@bolt.test viewer").has("There is no person")


@pytest.mark.parametrize("words", ["cleo ada", "cleo to ada", "Cleo is Ada Lovelace", "cleo@acme.test me"])
def test_a_manager_is_set_by_words_and_taken_back(with_cleo: Chat, words: str) -> None:
    done = with_cleo.say(f"team manager {words}")
    assert done.title == "Cleo"
    assert done.has("Ada Lovelace is their manager now.")
    assert with_cleo.say("team manager cleo").has("Ada Lovelace")
    assert with_cleo.say("team list ada").has("1 person")
    assert with_cleo.say("team manager cleo ada").has("It was so already.")
    assert with_cleo.click(**done.buttons()["Undo"]).has("Nobody now.")
    with_cleo.say("team manager cleo ada")
    taken = with_cleo.say("team manager cleo nobody")
    assert with_cleo.click(**taken.buttons()["Undo"]).has("Ada Lovelace is their manager now.")


def test_many_words_for_a_manager_are_compared_with_the_team_once(
    with_cleo: Chat, compared: list[str]
) -> None:
    assert with_cleo.say(f"team manager {'cloe of ' * 500}").has("There is no person “cloe of cloe of")
    assert len(compared) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Whose manager?"),
        ("cleo zoe", "There is no person “zoe”"),
        ("zoe ada", "There is no person “zoe”"),
        ("cleo cleo", "Nobody is their own manager."),
        ("cleo bob@bolt.test", "There is no person"),
    ],
)
def test_a_manager_who_cannot_be_is_refused_with_the_reason(with_cleo: Chat, words: str, says: str) -> None:
    assert with_cleo.say(f"team manager {words}".strip()).has(says)
