"""Home and status say what is muted, quiet and digested, as it really is."""

from __future__ import annotations

import pytest

from bot.attention import overview
from tests.chat import BOB, BOLTS, CLEO, Chat, add_sales_rep

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}


def rows(chat: Chat, words: str) -> str:
    return str(chat.say(words).card)


@pytest.mark.parametrize("words", ["", "status"])
def test_without_any_home_and_status_promise_none(chat: Chat, words: str) -> None:
    shown = rows(chat, words)
    for text in ("until", "gathered so far", "every day"):
        assert text not in shown
    assert overview.__doc__


def test_status_says_plainly_that_there_is_none(chat: Chat) -> None:
    shown = rows(chat, "status")
    assert all(text in shown for text in ("'nothing'", "'none set'", "'none, each card comes by itself'"))


@pytest.mark.parametrize("words", ["", "status"])
def test_what_holds_here_is_shown(chat: Chat, words: str) -> None:
    chat.say("mute 1h")
    chat.say("quiet set 00:00-24:00")
    chat.say("digest daily 09:00")
    shown = rows(chat, words)
    for text in (
        "this space until",
        "now, until",
        "All day, every day, UTC",
        "Daily at 9:00 AM, 0 cards gathered so far",
    ):
        assert text in shown, text


def test_in_a_direct_message_ones_own_are_shown(chat: Chat) -> None:
    chat.say("mute 1h me")
    chat.say("quiet set 19:00-08:00 me")
    chat.say("digest hourly me")
    mine = rows(Chat(chat.deps, chat.dialect, space=DM), "")
    for text in ("your direct messages until", "7:00 PM to 8:00 AM", "Every hour"):
        assert text in mine, text
    here = rows(chat, "")
    assert "7:00 PM" not in here
    assert "Every hour" not in here


def test_the_teams_quiet_hours_count_where_a_place_has_none(chat: Chat) -> None:
    chat.say("quiet set 19:00-08:00 team")
    assert "7:00 PM to 8:00 AM" in rows(chat, "")


def test_others_see_nothing_of_it(chat: Chat, tenants: tuple[int, int]) -> None:
    chat.say("mute 1h me")
    chat.say("digest hourly me")
    add_sales_rep(chat.deps.database, tenants[0])
    for other in (Chat(chat.deps, chat.dialect, CLEO), Chat(chat.deps, chat.dialect, BOB, BOLTS)):
        assert "until" not in rows(other, "")
        assert "Every hour" not in rows(other, "")


def test_home_leads_to_all_of_it(chat: Chat) -> None:
    buttons = chat.say("").buttons()
    assert "All mutes" not in buttons
    assert [buttons[text]["do"] for text in ("Mute", "Quiet hours", "Digest")] == [
        "mute.open",
        "quiet.show",
        "digest.show",
    ]
    chat.say("mute 1h me")
    assert chat.say("").buttons()["All mutes"] == {"do": "mute.list"}
