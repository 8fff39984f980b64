import pytest
from sqlalchemy import select

from bot.callers import who
from bot.chat.interaction import Dialect, Interaction, Kind, Person, Place
from models.database.engine import Database
from models.tables import User
from tests.chat import Chat

ADA = Person("users/1", "ada@acme.test", "Ada")


@pytest.mark.parametrize(
    ("person", "place", "found"),
    [
        (ADA, Place("spaces/ACME"), (0, True, "admin")),
        (ADA, Place("spaces/BOLT"), (1, True, None)),
        (ADA, Place("spaces/NEW"), (0, False, "admin")),
        (ADA, Place("spaces/DM", is_dm=True), (0, True, "admin")),
        (Person("users/9", "eve@x.test"), Place("spaces/ACME"), (0, True, None)),
        (Person("users/9", "eve@x.test"), Place("spaces/NEW"), (None, False, None)),
        (Person("users/9"), Place("spaces/DM", is_dm=True), (None, False, None)),
        (Person(), Place(), (None, False, None)),
    ],
)
def test_the_space_decides_then_the_email(
    database: Database,
    tenants: tuple[int, int],
    person: Person,
    place: Place,
    found: tuple[int | None, bool, str | None],
) -> None:
    with database.reading_all() as session:
        caller = who(session, Interaction(Kind.COMMAND, Dialect.CLASSIC, person, place))
    tenant, is_linked, role = found
    assert caller.tenant_id == (None if tenant is None else tenants[tenant])
    assert (caller.is_linked, caller.role) == (is_linked, role)


def test_a_person_is_remembered_by_chat_name_once_seen_with_the_email(chat: Chat, database: Database) -> None:
    chat.say("help")
    with database.reading_all() as session:
        ada = session.scalars(select(User).where(User.email == "ada@acme.test")).one()
        assert (ada.chat_name, ada.display_name) == ("users/1", "Ada Lovelace")
        place = Place("spaces/DM", is_dm=True)
        nameless = Interaction(Kind.MESSAGE, Dialect.ADDON, Person("users/1"), place)
        assert who(session, nameless).tenant_id == ada.tenant_id
