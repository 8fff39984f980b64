from models.database.engine import Database
from tests.bot.tickets import ticket_of
from tests.chat import ADA, Chat


def test_a_click_on_ones_own_card_turns_it_into_the_way(chat: Chat, database: Database) -> None:
    heard = chat.click("connection.show")
    assert (heard.how, heard.viewer) == ("update", ADA["name"])
    assert ticket_of(database, heard).email == ADA["email"]


def test_a_click_on_a_card_that_all_see_is_answered_to_its_person_alone(
    chat: Chat, database: Database
) -> None:
    heard = chat.click("connection.show", on_private=False)
    assert (heard.how, heard.viewer) == ("message", ADA["name"])
    assert ticket_of(database, heard).email == ADA["email"]


def test_leaving_may_be_pressed_once(chat: Chat) -> None:
    assert chat.submit("connection.leave", {}).title == "Pipedrive is being disconnected"
    assert chat.submit("connection.leave", {}).has("being disconnected already")
