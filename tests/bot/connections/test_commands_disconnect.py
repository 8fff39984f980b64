from models.database.engine import Database
from tests.chat import CLEO as SALES
from tests.chat import Chat, sells


def test_disconnecting_asks_first(chat: Chat) -> None:
    heard = chat.say("disconnect")
    assert heard.title == "Disconnect Pipedrive?"
    assert heard.has("1 rule will have nothing to send")
    assert heard.buttons()["Disconnect"] == {"do": "connection.leave"}


def test_whoever_is_no_admin_is_sent_to_one(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    sells(database, tenants[0])
    chat.user = SALES
    assert chat.say("disconnect").has("Only an admin may disconnect")
