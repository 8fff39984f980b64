"""A notice says what needs an admin, with a link; no markup in it takes effect."""

import pytest

from bot.cards.notice import notice_card
from tests.cards import assert_valid, clicks, links, text
from tests.hostile import TITLES

SETUP = "https://pipenotify.example/setup"


def test_a_notice_has_its_title_its_words_and_its_way() -> None:
    notice = notice_card("Connect Pipedrive again", "Cards stop.", button="Open", url=SETUP)
    assert "Connect Pipedrive again" in text(notice)
    assert "Cards stop." in text(notice)
    assert links(notice) == [SETUP]
    assert assert_valid(notice)["fallbackText"] == "Connect Pipedrive again. Cards stop."


@pytest.mark.parametrize(("button", "url"), [("", SETUP), ("Open", ""), ("Open", "javascript:alert(1)")])
def test_a_way_that_leads_nowhere_is_left_out(button: str, url: str) -> None:
    assert links(notice_card("Title", "Words", button=button, url=url)) == []


def test_a_notice_may_have_buttons_that_act() -> None:
    url = "press:space.show?place=3\npress:space.address?place=3\njavascript:alert(1)"
    notice = notice_card("Wall is closed", "Why.", button="Open it\nNew address\nBad", url=url)
    assert clicks(notice) == [{"do": "space.show", "place": "3"}, {"do": "space.address", "place": "3"}]
    assert "OPEN_DIALOG" in str(assert_valid(notice))


@pytest.mark.parametrize("said", TITLES)
def test_nothing_in_a_notice_takes_effect(said: str) -> None:
    drawn = assert_valid(notice_card(said, said, button=said or "Open", url=SETUP))
    assert "<users" not in str(drawn)
    assert "<script" not in str(drawn)
