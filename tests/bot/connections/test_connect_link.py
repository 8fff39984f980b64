"""Links to the setup page: for everybody who may ask, and never visible to others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from models.database.engine import Database
from models.tables import Connection, PersonalConnection, User, WebhookCredential
from models.tables.accounts import ConnectLink
from tests.bot.connect_links import connect_link_of, connect_url_of
from tests.chat import ADA, BASE_URL, BOB, BOLTS, EVE, NEW, Chat

DM = {"name": "spaces/DM9", "type": "DM"}


def _set(database: Database, tenant_id: int, **columns: object) -> None:
    with database.writing_all() as session:
        session.execute(update(Connection).where(Connection.tenant_id == tenant_id).values(**columns))


def _tickets(database: Database) -> int:
    with database.reading_all() as session:
        return session.scalar(select(func.count(ConnectLink.id))) or 0


@pytest.mark.parametrize(
    ("state", "title", "step"),
    [
        ("none", "Connect Pipedrive", "Connect Pipedrive"),
        ("connected", "Pipedrive is connected", "Open the setup page"),
        ("needs_reauth", "Pipedrive has to be connected again", "Connect again"),
        ("leaving", "Pipedrive is being disconnected", "Connect again"),
        ("revoked", "Pipedrive is disconnected", "Connect again"),
    ],
)
def test_it_says_how_the_connection_is_and_what_the_button_does(
    chat: Chat, database: Database, tenants: tuple[int, int], state: str, title: str, step: str
) -> None:
    _set(database, tenants[0], state=state)
    reply = chat.say("connect")
    assert reply.title == title
    assert reply.has(step)
    assert Chat(chat.deps, chat.dialect, BOB, BOLTS).say("connect").title == "Pipedrive is connected"


def test_it_names_the_company_and_its_trouble(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    _set(database, tenants[0], company_name="Acme <b>Ltd", connected_by="ada@acme.test", problem="Unpaid.")
    reply = chat.say("connect")
    for said in ("Acme &lt;b&gt;Ltd", "ada@acme.test", "Unpaid."):
        assert reply.has(said)


def test_a_webhook_made_by_hand_is_known(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    _set(database, tenants[0], state="none")
    assert not chat.say("connect").has("made by hand")
    with database.writing_all() as session:
        session.add(WebhookCredential(tenant_id=tenants[0], key="k", user_name="u", password="p"))
    assert chat.say("connect").has("made by hand")


@pytest.mark.parametrize("space", [NEW, DM])
def test_a_stranger_gets_a_link_of_no_tenant(chat: Chat, database: Database, space: dict[str, str]) -> None:
    chat.user, chat.space = EVE, space
    for reply in (chat.mention("connect"), chat.click("connection.show", on_private=False)):
        ticket = connect_link_of(database, reply)
        assert (ticket.email, ticket.tenant_id) == (EVE["email"], None)
        assert ticket.space == (None if space is DM else NEW["name"])
        assert reply.viewer == (None if space is DM else EVE["name"])


def test_a_space_nobody_linked_tells_nothing_of_the_tenant(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.space = NEW
    reply = chat.say("connect")
    assert reply.title == "Connect Pipedrive"
    assert (connect_link_of(database, reply).tenant_id, connect_link_of(database, reply).space) == (
        tenants[0],
        NEW["name"],
    )


@pytest.mark.parametrize("person", [ADA, EVE])
def test_whoever_asks_again_and_again_is_told_to_use_the_newest_link(
    chat: Chat, database: Database, person: dict[str, str]
) -> None:
    asking = Chat(chat.deps, chat.dialect, person, DM)
    for _ in range(10):
        assert connect_link_of(database, asking.say("connect")).email == person["email"]
    assert asking.say("connect").has("Use the newest one, or ask again in 15 minutes.")
    assert _tickets(database) == 10
    other = Chat(chat.deps, chat.dialect, BOB, BOLTS).say("connect")
    assert connect_link_of(database, other).email == BOB["email"]


@pytest.mark.parametrize("unknown", ["email", "name"])
def test_without_a_verified_person_there_is_the_plain_page(
    chat: Chat, database: Database, unknown: str
) -> None:
    chat.say("help")  # so that Ada is known by Chat's name, too
    chat.user = {key: value for key, value in ADA.items() if key != unknown}
    assert connect_url_of(chat.say("connect")) == f"{BASE_URL}/setup"
    assert _tickets(database) == 0


@pytest.mark.parametrize("said", ["", "help", "status", "rule list"])
def test_no_other_card_makes_a_ticket(chat: Chat, database: Database, said: str) -> None:
    chat.say(said)
    chat.user, chat.space = EVE, NEW
    chat.added()
    chat.say(said)
    assert _tickets(database) == 0


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("connected", "You are connected as yourself"),
        ("needs_reauth", "You have to connect again"),
        ("revoked", "You are no longer connected as yourself"),
    ],
)
def test_a_person_hears_how_their_own_connection_is(
    chat: Chat, database: Database, tenants: tuple[int, int], state: str, title: str
) -> None:
    with database.writing_all() as session:
        ada = session.scalars(select(User).where(User.email == ADA["email"])).one()
        own = {"user_id": ada.id, "pipedrive_user_id": "7", "state": state}
        session.add(PersonalConnection(tenant_id=tenants[0], **own))
    assert chat.say("connect me").title == title


def test_a_guest_of_the_space_has_nothing_to_connect_as(chat: Chat, database: Database) -> None:
    chat.user = EVE
    assert chat.say("connect me").has("You are a guest of Acme here. Please ask ada@acme.test.")
    assert _tickets(database) == 0


def test_many_who_ask_at_once_all_get_their_link(
    chat: Chat, database: Database, tenants: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than the pool has connections: each holds one at a time."""
    del tenants
    monkeypatch.setattr("models.accounts.connect_links.MOST_OPEN", 32)
    with ThreadPoolExecutor(32) as threads:
        titles = list(threads.map(lambda _: chat.say("connect").title, range(32)))
    assert set(titles) == {titles[0]}
    assert "Not now" not in titles[0]
    assert _tickets(database) == 32
