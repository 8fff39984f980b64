import html
from typing import Any

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.destinations.linking import link_space
from models.destinations.queries import list_destinations
from models.tables import Delivery, Destination, Space, User
from tests.chat import ADA, BOB, BOLTS, EVE, NEW, Chat, audit_of, rule_of
from tests.models.rows import add, destination


def test_destinations_are_listed_with_their_rules(chat: Chat) -> None:
    reply = chat.say("spaces")
    assert reply.title == "Where rules post"
    assert reply.has("Google Chat space · 1 rule")
    assert not reply.has("Bolts")


@pytest.mark.parametrize("verb", ["test", "pause", "resume", "remove"])
@pytest.mark.parametrize("name", ["Deals", "DEALS", '"Deals"', "dea", "{number}", "#{number}", "here"])
def test_a_space_is_meant_by_its_name_or_number(
    chat: Chat, database: Database, tenants: tuple[int, int], verb: str, name: str
) -> None:
    with database.reading(tenants[0]) as session:
        number = session.scalars(select(Destination.id).where(Destination.tenant_id == tenants[0])).one()
    assert chat.say("space list").has(f"No. {number}")
    reply = chat.say(f"space {verb} {name.format(number=number)}")
    assert reply.title != "I could not find that"
    assert reply.has("Deals")
    assert not reply.has("'spaces/ACME")


def test_a_name_that_no_space_has_is_answered_with_the_nearest(chat: Chat) -> None:
    reply = chat.say("space test Daels")
    assert reply.has("There is no destination “Daels”. Did you mean Deals?")
    assert not reply.has("spaces/")
    assert not chat.say("space test Bolts").has("Did you mean Bolts")


def test_a_webhook_is_called_something_else_from_chat(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    url = "https://chat.googleapis.com/v1/spaces/W/messages?key=k&token=t"
    chat.submit("space.save", {"kind": ["webhook"], "name": ["Wins wall"], "url": [url]})
    assert chat.say("space rename Wins wall to Board of wins").title == "Board of wins"
    assert chat.say("space list").has("Board of wins")
    assert not chat.say("space list").has("Wins wall")
    assert audit_of(database, tenants[0])[-1] == ("ada@acme.test", "space.edited", "Board of wins")
    assert chat.say("space rename Board of wins").has("number or name")
    assert chat.say("space rename here to Mine").has("Only webhooks and e-mail addresses have a name")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Road to win to Board", "Board"),
        ("ROAD to WIN to Board", "Board"),
        ("Wall to Road to glory", "Road to glory"),
        ("{wall} to Road to win again", "Road to win again"),
        ("#{wall} to Board", "Board"),
        ('"Road to win" to "Way to win"', "Way to win"),
    ],
)
def test_names_may_hold_the_word_between_them(
    chat: Chat, database: Database, tenants: tuple[int, int], typed: str, name: str
) -> None:
    road, wall = (destination(tenants[0], each, kind="chat_webhook") for each in ("Road to win", "Wall"))
    add(database, road, wall, destination(tenants[1], "Wall", kind="chat_webhook"))
    assert chat.say(f"space rename {typed.format(wall=wall.id)}").title == name
    with database.reading(tenants[0]) as session:
        names = {each.name for each in list_destinations(session, tenants[0])}
    assert name in names
    assert ("Road to win" in names) != ("Wall" in names)
    with database.reading(tenants[1]) as session:
        assert "Wall" in {each.name for each in list_destinations(session, tenants[1])}


@pytest.mark.parametrize("name", ["Big  'Wins' wall", 'The "big" wall', "“Up” \\ to"])
def test_the_new_name_stays_whole_where_the_old_one_was_mistyped(
    chat: Chat, database: Database, tenants: tuple[int, int], name: str
) -> None:
    add(database, destination(tenants[0], "Wall", kind="chat_webhook"))
    button = chat.say(f"space rename Walls to «{name}»").buttons()["Wall"]
    chat.click(**button)
    assert audit_of(database, tenants[0])[-1] == ("ada@acme.test", "space.edited", name)


def test_a_text_full_of_the_word_between_names_is_looked_up_once(
    chat: Chat, database: Database, tenants: tuple[int, int], compared: list[str]
) -> None:
    add(database, destination(tenants[0], "Road to win", kind="chat_webhook"))
    assert chat.say(f"space rename {'to ' * 1333}").has("There is no destination “to to”.")
    assert compared == ["to to"]


@pytest.mark.parametrize("typed", ["", "Wall", "to Board", "Wall to", "Wall two Board"])
@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "Write space rename <number or name> to <new name>."),
        (
            "de",
            "Schreib „bereich umbenennen“, die Nummer oder den bisherigen Namen, „zu“ und den neuen Namen.",
        ),
    ],
)
def test_a_rename_that_names_no_destination_is_told_how_it_is_written(
    chat: Chat, database: Database, tenants: tuple[int, int], typed: str, locale: str, sentence: str
) -> None:
    add(
        database,
        destination(tenants[0], "Wall", kind="chat_webhook"),
        destination(tenants[1], "Hall", kind="chat_webhook"),
    )
    chat.locale = locale
    assert sentence in html.unescape(str(chat.say(f"space rename {typed}").card))
    assert audit_of(database, tenants[0]) == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Wall, to Board", "There is no destination “Wall,”. Did you mean Wall?"),
        ("Wa to Board", "There is no destination “Wa”. Did you mean Wall?"),
        ("Raod to win to Board", "There is no destination “Raod to win”. Did you mean Road to win?"),
        ("Hall to Board", "There is no destination “Hall”. Did you mean Wall?"),
        ("#9999 to Board", "There is no destination “#9999”."),
        ("Raod to win to Way to win", "There is no destination “Raod to win”. Did you mean Road to win?"),
    ],
)
def test_a_rename_of_a_mistyped_name_is_answered_with_the_nearest(
    chat: Chat, database: Database, tenants: tuple[int, int], typed: str, says: str
) -> None:
    add(database, destination(tenants[0], "Road to win", kind="chat_webhook"))
    add(database, *(destination(each, "Wall", kind="chat_webhook") for each in tenants))
    add(database, destination(tenants[1], "Hall", kind="chat_webhook"))
    reply = chat.say(f"space rename {typed}")
    assert reply.has(says)
    assert not reply.has("Write space rename")
    assert audit_of(database, tenants[0]) == []


def test_the_destination_that_was_meant_is_renamed_by_a_press(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add(database, *(destination(each, "Wall", kind="chat_webhook") for each in tenants))
    button = chat.say("space rename Walls to Board of wins").buttons()["Wall"]
    assert chat.click(**button).title == "Board of wins"
    assert audit_of(database, tenants[0])[-1] == ("ada@acme.test", "space.edited", "Board of wins")
    assert [each[1] for each in audit_of(database, tenants[1])] == []


def test_a_rename_where_two_have_the_name_asks_for_a_number(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    walls = [destination(tenants[0], each, kind="chat_webhook") for each in ("WALLS", "Walls")]
    add(database, *walls)
    first, second = (f"{each.name} (no. {each.id})" for each in walls)
    reply = chat.say("space rename wallS to Board")
    assert reply.has(f"Several fit “wallS”: {first} and {second}.") or reply.has(f"{second} and {first}.")
    assert chat.say(f"space rename no. {walls[1].id} to Board").title == "Board"


def test_one_calls_ones_own_direct_message_me(chat: Chat) -> None:
    chat.submit("rule.save", {"on": ["deal.won"], "to": ["ada@acme.test"]})
    assert chat.say("space pause me").has("Paused")


def test_linking_here_lets_rules_post_here(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    chat.space = NEW
    assert chat.say("space here").title == "This space is linked"
    assert chat.say("space list").has("Nobody")
    assert chat.say("rule new").title == "Make a rule"
    with database.reading_all() as session:
        destination = session.scalars(select(Destination).where(Destination.name == "spaces/NEW")).one()
    assert (destination.tenant_id, destination.kind, destination.lane) == (
        tenants[0],
        "chat_space",
        "spaces/NEW",
    )
    assert audit_of(database, tenants[0]) == [("ada@acme.test", "space.linked", "spaces/NEW")]


def test_linking_twice_says_so(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    assert chat.say("space here").title == "This space is linked already"
    assert audit_of(database, tenants[0]) == []


def test_a_linked_space_stays_with_its_tenant_whoever_asks(chat: Chat, database: Database) -> None:
    chat.user = BOB
    reply = chat.say("space here")
    assert reply.has("You are a guest of Acme here.")
    with database.reading_all() as session:
        assert len(session.scalars(select(Space)).all()) == 2


def test_a_stranger_links_nothing(chat: Chat, database: Database) -> None:
    chat.space, chat.user = NEW, EVE
    assert chat.say("space here").title == "Welcome to Pipenotify"
    assert chat.click("space.link").title == "Welcome to Pipenotify"
    with database.reading_all() as session:
        assert len(session.scalars(select(Space)).all()) == 2


def test_whoever_belongs_to_two_tenants_links_nothing_by_guess(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants[1], email="ada@acme.test"))
    chat.space = NEW
    assert chat.say("space here").title == "Welcome to Pipenotify"


def test_a_direct_message_is_no_space_to_link(chat: Chat) -> None:
    chat.space = {"name": "spaces/DM", "type": "DM"}
    assert chat.mention("space here").has("This is a direct message")


def test_a_test_card_is_owed_there(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    asked = chat.say("space test here")
    assert asked.has("goes to Deals at once; everybody there sees it")
    assert not asked.wake_worker
    reply = chat.click(**asked.buttons()["Post it"])
    assert (reply.title, reply.wake_worker) == ("A test card is on the way", True)
    assert reply.has("To Deals.")
    with database.reading_all() as session:
        (owed,) = session.scalars(select(Delivery)).all()
    assert (owed.tenant_id, owed.is_test, owed.destination_name) == (tenants[0], True, "spaces/ACME")


def test_a_paused_destination_gets_nothing_until_resumed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("space pause here").has("Paused: by ada@acme.test")
    assert chat.say("space test here").has("It is paused")
    assert chat.say("rule test wins").has("no destination that takes cards")
    assert chat.say("space resume here").has("Listens")
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["space.paused", "space.resumed"]


def test_removing_names_the_rules_that_lose_it_and_asks(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.say("space remove here")
    assert asked.has("These rules lose it: Wins of Acme")
    done = chat.click(**asked.buttons()["Remove"])
    assert done.title == "Deals is removed"
    assert rule_of(database, tenants[0]).is_enabled is False
    with database.reading_all() as session:
        assert [space.name for space in session.scalars(select(Space))] == ["spaces/BOLT"]
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["space.removed"]


@pytest.mark.parametrize("verb", ["test", "pause", "resume", "remove"])
def test_another_tenants_destination_is_not_found(
    chat: Chat, database: Database, tenants: tuple[int, int], verb: str
) -> None:
    assert chat.say(f"space {verb} {BOLTS['name']}").title == "I could not find that"
    assert audit_of(database, tenants[1]) == []


def test_adding_is_done_in_a_dialog(chat: Chat) -> None:
    typed = chat.say("space add")
    assert chat.open(**typed.buttons()["Add a destination"]).title == "Add a destination"


@pytest.mark.parametrize(("role", "names_webhooks"), [("admin", True), ("sales_rep", False)])
def test_adding_names_only_what_one_may_add(
    chat: Chat, database: Database, role: str, *, names_webhooks: bool
) -> None:
    with database.writing_all() as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(role=role))
    assert chat.say("space add").has("a webhook or an e-mail address") is names_webhooks


def test_destinations_are_searched_by_name_and_shown_alone(chat: Chat) -> None:
    assert chat.say("space list DEAL").has("Deals")
    nothing = chat.say("space list zzz")
    assert nothing.has("No destination has “zzz” in its name.")
    assert chat.click(**nothing.buttons()["All destinations"]).has("Deals")
    assert chat.say("space show deals").title == "Deals"
    assert chat.say("space show zzz").has("There is no destination “zzz”.")


def test_the_next_page_keeps_what_was_searched_for(chat: Chat, database: Database, tenants: Any) -> None:
    with database.writing(tenants[0]) as session:
        for number in range(25):
            link_space(session, tenants[0], f"spaces/W{number}", f"Wins {number}")
    page = chat.say("space list wins")
    for shown in (10, 10, 5):
        assert str(page.card).count("Wins ") == shown
        assert not page.has("Deals")
        page = chat.click(**page.buttons()["Next"]) if "Next" in page.buttons() else page
