"""A body becomes exactly one call of the Playground, and the state is one person's view of it."""

from typing import Any

import pytest

from tests.browser.stub_cards import ADA, APP, BEN
from tests.browser.stub_playground import StubPlayground
from web.playground.page_doors import DOORS, PIPEDRIVE_ACTIONS, SHOWN_MESSAGES, Unsound, state
from web.playground.pipedrive.actions import CrmActions

HERE = {"space": "spaces/AAAA", "user": ADA["name"]}


@pytest.fixture
def play() -> StubPlayground:
    return StubPlayground()


@pytest.mark.parametrize(
    ("door", "body", "asked"),
    [
        ("say", {**HERE, "text": "hi"}, ("say", "spaces/AAAA", "users/1001", "hi", None)),
        ("say", {**HERE, "text": "hi", "thread": "t"}, ("say", "spaces/AAAA", "users/1001", "hi", "t")),
        (
            "click",
            {**HERE, "message": "m", "parameters": {"do": "x", "n": 1}, "inputs": {"a": ["b"]}},
            ("click", "spaces/AAAA", "users/1001", "m", {"do": "x", "n": "1"}, {"a": ["b"]}),
        ),
        ("dialog/submit", {**HERE, "parameters": {"do": "x"}}, ("submit", "users/1001", {"do": "x"}, {})),
        (
            "pipedrive",
            {"action": "bulk_import", "arguments": {"count": 1}, "user_id": 12},
            ("bulk_import", {"count": 1, "user_id": 12}),
        ),
        ("outage", {"name": "chat-hangs", "on": True}, ("outage", "chat-hangs", True)),
        ("outage", {"name": "chat-hangs", "on": "yes"}, ("outage", "chat-hangs", False)),
    ],
)
def test_a_door_asks_what_its_body_says(
    play: StubPlayground, door: str, body: dict[str, Any], asked: tuple[Any, ...]
) -> None:
    DOORS[door](play, body)
    assert play.asked == [asked]


def test_the_board_offers_only_what_pipedrive_does() -> None:
    assert [action for action in PIPEDRIVE_ACTIONS if not hasattr(CrmActions, action)] == []


def test_an_action_takes_no_argument_that_it_does_not_know(play: StubPlayground) -> None:
    with pytest.raises(Unsound, match="does not take user_id"):
        DOORS["pipedrive"](play, {"action": "win_deal", "arguments": {"id": 1, "user_id": 12}})


def test_the_state_hides_what_is_private_to_another(play: StubPlayground) -> None:
    play.post("spaces/AAAA", APP, text="for Ada", privateMessageViewer={"name": ADA["name"]})
    play.post("spaces/AAAA", APP, text="for all")
    seen = {who["name"]: state(play, who["name"], "spaces/AAAA")["messages"] for who in (ADA, BEN)}
    assert [each["text"] for each in seen[ADA["name"]]] == ["for Ada", "for all"]
    assert [each["text"] for each in seen[BEN["name"]]] == ["for all"]


@pytest.mark.parametrize(("viewer", "space"), [(None, None), ("users/0", "spaces/GONE"), ("", "")])
def test_what_is_unknown_becomes_the_first(
    play: StubPlayground, viewer: str | None, space: str | None
) -> None:
    seen = state(play, viewer, space)
    assert (seen["viewer"], seen["space"]) == (ADA["name"], "spaces/AAAA")


def test_a_long_conversation_is_cut_at_its_beginning(play: StubPlayground) -> None:
    for number in range(SHOWN_MESSAGES + 5):
        play.post("spaces/AAAA", APP, text=str(number))
    seen = state(play, None, None)
    assert (seen["earlier"], len(seen["messages"])) == (5, SHOWN_MESSAGES)
    assert seen["messages"][-1]["text"] == str(SHOWN_MESSAGES + 4)


@pytest.mark.parametrize(
    ("message", "snippet"),
    [
        ({"text": "plain"}, "plain"),
        ({"fallbackText": "Deal won", "cardsV2": [{"card": {"header": {"title": "T"}}}]}, "Deal won"),
        ({"cardsV2": [{"card": {"header": {"title": "T"}}}]}, "T"),
        ({"cardsV2": []}, ""),
        ({"text": "x" * 500}, "x" * 140),
    ],
)
def test_the_list_of_spaces_shows_the_last_words(
    play: StubPlayground, message: dict[str, Any], snippet: str
) -> None:
    play.post("spaces/BBBB", APP, **message)
    last = next(each["last"] for each in state(play, None, None)["spaces"] if each["name"] == "spaces/BBBB")
    assert last["text"] == snippet


def test_the_version_is_not_newer_than_what_is_seen(play: StubPlayground) -> None:
    assert state(play, None, None)["version"] == play.version
