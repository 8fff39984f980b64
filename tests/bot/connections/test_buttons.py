from models.database.engine import Database
from tests.bot.connect_links import connect_link_of
from tests.chat import ADA, Chat


def test_a_click_on_ones_own_card_turns_it_into_the_way(chat: Chat, database: Database) -> None:
    reply = chat.click("connection.show")
    assert (reply.how, reply.viewer) == ("update", ADA["name"])
    assert connect_link_of(database, reply).email == ADA["email"]


def test_a_click_on_a_card_that_all_see_is_answered_to_its_person_alone(
    chat: Chat, database: Database
) -> None:
    reply = chat.click("connection.show", on_private=False)
    assert (reply.how, reply.viewer) == ("message", ADA["name"])
    assert connect_link_of(database, reply).email == ADA["email"]


def test_leaving_may_be_pressed_once(chat: Chat) -> None:
    assert chat.submit("connection.leave", {}).title == "Pipedrive is being disconnected"
    assert chat.submit("connection.leave", {}).has("being disconnected already")
