from models.database.engine import Database
from tests.chat import CLEO as SALES
from tests.chat import Chat, add_sales_rep


def test_disconnecting_asks_first(chat: Chat) -> None:
    reply = chat.say("disconnect")
    assert reply.title == "Disconnect Pipedrive?"
    assert reply.has("1 rule will have nothing to send")
    assert reply.buttons()["Disconnect"] == {"do": "connection.leave"}


def test_whoever_is_no_admin_is_sent_to_one(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0])
    chat.user = SALES
    assert chat.say("disconnect").has("A sales rep may not do this. Please ask ada@acme.test.")
