import pytest

from models.database.engine import Database
from tests.chat import BOB, BOLTS, NEW, Chat, audit_of


def test_a_destination_is_opened_tested_paused_and_resumed_on_one_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.click(**chat.say("space list").buttons()["Open"])
    assert (shown.how, shown.title) == ("update", "Deals")
    asked = chat.open(**shown.buttons()["Test"])
    assert asked.has("goes to Deals at once; everybody there sees it")
    assert chat.submit(**asked.buttons()["Post it"], inputs={}).title == "A test card is on the way"
    paused = chat.click(**shown.buttons()["Pause"])
    assert paused.has("Paused")
    resumed = chat.click(**paused.buttons()["Resume"])
    assert resumed.has("Listens")
    assert chat.click(**resumed.buttons()["Send what was missed"]).title == "Nothing was sent again"
    acts = [act for _, act, _ in audit_of(database, tenants[0])]
    assert acts == ["space.tested", "space.paused", "space.resumed"]


def test_removing_asks_in_a_dialog(chat: Chat) -> None:
    shown = chat.click(**chat.say("space list").buttons()["Open"])
    asked = chat.open(**shown.buttons()["Remove"])
    assert (asked.how, asked.title) == ("dialog", "Remove this destination?")
    assert chat.submit(**asked.buttons()["Remove"], inputs={}).title == "Deals is removed"
    assert chat.click("space.link").title == "This space is linked"


def test_the_welcome_links_the_space(chat: Chat) -> None:
    chat.space = NEW
    link = chat.added().buttons()["Link this space"]
    reply = chat.click(**link, on_private=False)
    assert (reply.how, reply.title, reply.viewer) == ("update", "This space is linked", None)


@pytest.mark.parametrize(
    "do", ["space.show", "space.try", "space.test", "space.pause", "space.resume", "space.drop"]
)
@pytest.mark.parametrize("place", ["999999", "x", "", "9" * 40])
def test_a_button_of_a_destination_that_was_removed_says_so(chat: Chat, do: str, place: str) -> None:
    reply = chat.click(do, place=place)
    assert (reply.how, reply.title) == ("update", "This is gone")
    assert chat.click(**reply.buttons()["Where rules post"]).title == "Where rules post"


@pytest.mark.parametrize("do", ["space.show", "space.test", "space.pause", "space.drop"])
def test_another_tenants_destination_is_out_of_reach(
    chat: Chat, database: Database, tenants: tuple[int, int], do: str
) -> None:
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS).say("space list").buttons()["Open"]["place"]
    reply = chat.click(do, place=theirs)
    assert not reply.has("Bolts")
    assert audit_of(database, tenants[1]) == []


def test_pages_beyond_the_last_show_the_last(chat: Chat) -> None:
    for page in ("0", "7", "x", "9" * 30):
        assert chat.click("space.list", page=page).title == "Where rules post"
