import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.security.vault import associated_data
from models.tables import Destination
from tests.chat import NEW, Chat, audit_of

URL = "https://chat.googleapis.com/v1/spaces/WALL/messages?key=k-secret&token=t-secret"
WALL = {"kind": ["webhook"], "name": ["Wins wall"], "url": [URL]}


def test_an_incoming_webhook_is_added_with_its_address_closed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.submit("space.save", WALL)
    assert (reply.how, reply.title) == ("update", "Wins wall")
    assert not reply.has("secret")
    with database.reading(tenants[0]) as session:
        query = select(Destination).where(Destination.tenant_id == tenants[0])
        made = session.scalars(query.where(Destination.name == "Wins wall")).one()
    assert "secret" not in made.address
    where = associated_data(tenants[0], "destinations", "address", made.uid)
    assert chat.deps.vault.open(made.address, where) == URL
    assert audit_of(database, tenants[0]) == [("ada@acme.test", "space.added", "Wins wall")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": ["https://evil.test/?x=chat.googleapis.com"]}, "chat.googleapis.com/v1/spaces"),
        ({"url": ["http://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t"]}, "chat.googleapis.com"),
        ({"url": []}, "chat.googleapis.com"),
        ({"name": []}, "A name has 1 to 255 characters"),
        ({"name": ["x" * 256]}, "A name has 1 to 255 characters"),
        ({"name": ["spaces/ACME"]}, "There is a destination named"),
    ],
)
def test_what_does_not_fit_is_shown_again(
    chat: Chat, database: Database, tenants: tuple[int, int], change: dict[str, list[str]], said: str
) -> None:
    reply = chat.submit("space.save", {**WALL, **change})
    assert reply.how == "dialog"
    assert reply.has(said)
    assert reply.values()["kind"] == ["webhook"]
    assert audit_of(database, tenants[0]) == []


def test_this_space_is_linked_from_the_dialog_too(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.submit("space.save", {"kind": ["here"]}).title == "This space is linked already"
    assert audit_of(database, tenants[0]) == []


def test_an_unlinked_space_adds_nothing(chat: Chat, database: Database) -> None:
    chat.space = NEW
    assert chat.submit("space.save", WALL).title == "Welcome to Pipenotify"
    with database.reading_all() as session:
        assert len(session.scalars(select(Destination)).all()) == 2
