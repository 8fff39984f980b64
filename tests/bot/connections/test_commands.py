import pytest

from models.accounts.connect_links import peek
from models.database.engine import Database
from models.tables.accounts import ConnectLink
from tests.bot.connect_links import connect_link_of, connect_url_of
from tests.chat import ADA, DEALS, Chat


def test_connect_leads_to_the_setup_page_as_the_person_who_asked(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.say("connect")
    assert (reply.title, reply.viewer) == ("Pipedrive is connected", ADA["name"])
    ticket = connect_link_of(database, reply)
    assert (ticket.purpose, ticket.email, ticket.chat_name) == ("connect", ADA["email"], ADA["name"])
    assert (ticket.tenant_id, ticket.space, ticket.space_title) == (
        tenants[0],
        DEALS["name"],
        DEALS["displayName"],
    )


def test_connect_me_is_about_oneself(chat: Chat, database: Database) -> None:
    reply = chat.say("connect me")
    assert reply.title == "Connect as yourself"
    assert connect_link_of(database, reply).purpose == "personal"


def test_each_asking_gives_a_link_of_its_own(chat: Chat, database: Database) -> None:
    first, second = connect_url_of(chat.say("connect")), connect_url_of(chat.say("connect"))
    assert first != second
    with database.reading_all() as session:
        assert isinstance(peek(session, first.rpartition("/")[2]), ConnectLink)


@pytest.mark.parametrize("said", ["connect you", "connect now"])
def test_other_words_are_asked_about(chat: Chat, said: str) -> None:
    assert chat.say(said).has("connect me for yourself")
