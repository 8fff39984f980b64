import pytest
from sqlalchemy import select

from bot.callers import who
from bot.chat.interaction import ChatSpace, ChatUser, Dialect, Interaction, Kind
from models.database.engine import Database
from models.tables import User
from tests.chat import Chat

ADA = ChatUser("users/1", "ada@acme.test", "Ada")


@pytest.mark.parametrize(
    ("person", "place", "found"),
    [
        (ADA, ChatSpace("spaces/ACME"), (0, True, "admin")),
        (ADA, ChatSpace("spaces/BOLT"), (1, True, None)),
        (ADA, ChatSpace("spaces/NEW"), (0, False, "admin")),
        (ADA, ChatSpace("spaces/DM", is_dm=True), (0, True, "admin")),
        (ChatUser("users/9", "eve@x.test"), ChatSpace("spaces/ACME"), (0, True, None)),
        (ChatUser("users/9", "eve@x.test"), ChatSpace("spaces/NEW"), (None, False, None)),
        (ChatUser("users/9"), ChatSpace("spaces/DM", is_dm=True), (None, False, None)),
        (ChatUser(), ChatSpace(), (None, False, None)),
    ],
)
def test_the_space_decides_then_the_email(
    database: Database,
    tenants: tuple[int, int],
    person: ChatUser,
    place: ChatSpace,
    found: tuple[int | None, bool, str | None],
) -> None:
    with database.reading_all() as session:
        actor = who(session, Interaction(Kind.COMMAND, Dialect.CLASSIC, person, place))
    tenant, is_linked, role = found
    assert actor.tenant_id == (None if tenant is None else tenants[tenant])
    assert (actor.is_linked, actor.role) == (is_linked, role)


def test_a_person_is_remembered_by_chat_name_once_seen_with_the_email(chat: Chat, database: Database) -> None:
    chat.say("help")
    with database.reading_all() as session:
        ada = session.scalars(select(User).where(User.email == "ada@acme.test")).one()
        assert (ada.chat_name, ada.display_name) == ("users/1", "Ada Lovelace")
        place = ChatSpace("spaces/DM", is_dm=True)
        nameless = Interaction(Kind.MESSAGE, Dialect.ADDON, ChatUser("users/1"), place)
        assert who(session, nameless).tenant_id == ada.tenant_id
