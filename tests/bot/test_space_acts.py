from models.database import Database
from models.tables import Destination
from tests.chat import Chat, audit_of


def test_many_places_come_page_by_page(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        for number in range(24):
            name = f"Wall {number:02}"
            session.add(
                Destination(tenant_id=tenants[0], kind="chat_webhook", name=name, address="", lane=name)
            )
    heard, pages = chat.say("space list"), 1
    while following := heard.buttons().get("Next"):
        heard, pages = chat.click(**following), pages + 1
    assert pages == 3
    assert heard.has("25 destinations, page 3 of 3")


def test_doing_twice_is_doing_once(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    for text in ("space pause here", "space pause here", "space resume here", "space resume here"):
        chat.say(text)
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["space.paused", "space.resumed"]
