import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, Destination, Space, User
from tests.chat import DEALS, EVE, NEW, Chat, audit_of


def state_of(database: Database, name: str) -> tuple[bool, bool, str | None]:
    with database.reading_all() as session:
        space = session.scalars(select(Space).where(Space.name == name)).one()
        destination = session.scalars(select(Destination).where(Destination.name == name)).one()
        return space.is_member, destination.is_active, destination.paused_because


def test_a_new_space_is_welcomed_before_all(chat: Chat) -> None:
    chat.space = NEW
    reply = chat.added()
    assert (reply.how, reply.title, reply.viewer) == ("message", "Welcome to Pipenotify", None)
    assert reply.buttons()["Link this space"] == {"do": "space.link"}


def test_steps_that_are_done_are_ticked_where_rules_exist(chat: Chat) -> None:
    chat.space = NEW
    assert str(chat.added().card).count("check_circle") == 2, "connected, and a rule exists"
    chat.space = DEALS
    assert str(chat.added().card).count("check_circle") == 3


def test_a_stranger_is_shown_how_to_connect(chat: Chat) -> None:
    chat.space, chat.user = NEW, EVE
    assert chat.added().buttons()["Connect Pipedrive"] == {"do": "connection.show"}


def test_a_linked_space_pauses_when_we_are_removed_and_hears_again_when_we_are_back(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.removed().how == "nothing"
    assert state_of(database, "spaces/ACME") == (False, False, "Pipenotify was removed from this space")
    assert state_of(database, "spaces/BOLT") == (True, True, None)
    chat.added()
    assert state_of(database, "spaces/ACME") == (True, True, None)
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["space.left", "space.rejoined"]
    assert audit_of(database, tenants[1]) == []


def test_a_pause_that_a_person_asked_for_outlives_our_coming_back(chat: Chat, database: Database) -> None:
    chat.say("space pause here")
    chat.removed()
    chat.added()
    assert state_of(database, "spaces/ACME") == (True, False, "paused by ada@acme.test")


def test_being_removed_from_a_space_nobody_linked_changes_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.space = NEW
    assert chat.removed().how == "nothing"
    assert audit_of(database, tenants[0]) == []


def test_being_removed_twice_is_written_down_once(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.removed()
    chat.removed()
    assert len(audit_of(database, tenants[0])) == 1


def _notices(database: Database) -> list[tuple[int, str, str]]:
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).where(Delivery.notice.is_not(None)).order_by(Delivery.id))
        return [(each.tenant_id, each.destination_name, (each.notice or {})["title"]) for each in owed]


def test_admins_are_told_once_that_a_space_let_us_go(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for user in session.scalars(select(User)):
            user.chat_name = f"users/{user.id}"
    chat.removed()
    chat.removed()
    assert _notices(database) == [(tenants[0], "ada@acme.test", "Pipenotify was removed from Deals")]


def test_the_space_that_let_us_go_is_never_told_itself(chat: Chat, database: Database) -> None:
    chat.removed()
    assert [place for _, place, _ in _notices(database)] == ["ada@acme.test"]


@pytest.mark.parametrize(
    ("because", "hears"), [("404 NOT_FOUND: gone", True), ("paused by ada@acme.test", False)]
)
def test_a_person_who_adds_us_again_is_written_to_again(
    chat: Chat, database: Database, tenants: tuple[int, int], because: str, hears: bool
) -> None:
    ada = "ada@acme.test"
    with database.writing_all() as session:
        for tenant_id in tenants:
            dm = {"kind": "chat_dm", "name": ada, "address": ada, "lane": f"dm:{ada}", "is_active": False}
            session.add(Destination(tenant_id=tenant_id, **dm, paused_because=because))
    chat.space = {"name": "spaces/DM1", "type": "DM"}
    chat.added()
    with database.reading_all() as session:
        mine = select(Destination.tenant_id, Destination.is_active).where(Destination.name == ada)
        assert dict(session.execute(mine).all()) == {tenants[0]: hears, tenants[1]: False}
