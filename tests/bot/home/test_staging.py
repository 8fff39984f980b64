"""In a space that is not listed, an installation for testing answers privately, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from models.database.engine import Database
from models.tables import AuditEntry, Destination, Space, User
from tests.bot.deals.test_deals import paste
from tests.chat import ADA, DEALS, NEW, Chat, ParsedReply

TITLE = "This is a staging installation"
DM: dict[str, Any] = {"name": "spaces/DM", "spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}


@pytest.fixture
def outside(chat: Chat) -> Chat:
    """Ada's side of the conversation with a staging installation that lists another space than hers."""
    chat.deps = replace(chat.deps, only_spaces=frozenset({"spaces/TEST"}))
    return chat


def kept(database: Database) -> list[Any]:
    """What a conversation may store: links, places, people as Chat knows them, and the audit trail."""
    with database.reading_all() as session:
        spaces = session.execute(select(Space.name, Space.is_member).order_by(Space.id)).all()
        places = session.execute(select(Destination.name, Destination.is_active)).all()
        people = session.execute(select(User.email, User.chat_name).order_by(User.id)).all()
        return [spaces, places, people, session.scalar(select(func.count()).select_from(AuditEntry))]


def is_private(reply: ParsedReply) -> bool:
    return (reply.how, reply.title, reply.viewer) == ("message", TITLE, ADA["name"])


@pytest.mark.parametrize("space", [DEALS, NEW, DM])
def test_being_added_or_removed_is_answered_by_nothing(
    outside: Chat, database: Database, space: dict[str, Any]
) -> None:
    before = kept(database)
    outside.space = space
    assert [outside.added().how, outside.removed().how] == ["nothing", "nothing"]
    assert kept(database) == before


def test_commands_words_and_presses_are_answered_by_one_private_line(
    outside: Chat, database: Database
) -> None:
    before = kept(database)
    assert is_private(outside.say())
    assert is_private(outside.say("space link"))
    assert is_private(outside.mention("help"))
    assert is_private(outside.quick(5))
    for on_private in (True, False):
        reply = outside.click("space.link", on_private=on_private)
        assert is_private(reply), "the pressed card stays as it is"
        assert is_private(outside.submit("rule.save", {"name": ["X"]}, on_private=on_private))
    assert kept(database) == before


def test_where_chat_waits_for_a_dialog_the_line_is_one(outside: Chat) -> None:
    reply = outside.open("rule.new", on_private=False)
    assert (reply.how, reply.has("It answers in its test spaces alone.")) == ("dialog", True)


def test_a_direct_message_that_is_not_listed_keeps_its_cards(outside: Chat) -> None:
    outside.space = DM
    reply = outside.click("help.show")
    assert (reply.how, reply.title) == ("message", TITLE)


def test_choices_that_search_and_links_are_not_answered_with_words(outside: Chat) -> None:
    assert outside.search("acme").options == ()
    assert paste(outside, "https://acme.pipedrive.com/deal/1") == {}


def test_nobody_else_reads_the_line_where_chat_does_not_say_who_asks(outside: Chat) -> None:
    outside.user = {**ADA, "name": ""}
    assert outside.say().how == "nothing"


def test_the_line_is_in_the_language_of_who_asks(outside: Chat) -> None:
    outside.locale = "de"
    assert outside.say().title == "Dies ist eine Installation zum Testen"


@pytest.mark.parametrize("space", [DEALS, DM])
def test_in_a_listed_space_everything_is_as_usual(chat: Chat, space: dict[str, Any]) -> None:
    chat.deps = replace(chat.deps, only_spaces=frozenset({space["name"]}))
    chat.space = space
    welcome = chat.added()
    assert (welcome.how, welcome.title, welcome.viewer) == ("message", "Welcome to Pipenotify", None)
    assert chat.say("help").title != TITLE
