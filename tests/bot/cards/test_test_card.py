"""A test card cannot be mistaken for a real event."""

from bot.cards.test_card import marked_as_test
from bot.widgets import Card, Message
from tests.cards import assert_valid


def test_a_test_card_says_so_everywhere() -> None:
    drawn = assert_valid(marked_as_test(Message(Card("Acme"), "Acme: Deal won", thread_key="deal-1")))

    assert drawn["cardsV2"][0]["card"]["header"]["title"] == "TEST · Acme"
    assert drawn["fallbackText"] == "TEST: Acme: Deal won"
    assert "thread" not in drawn


def test_text_alone_is_marked_too() -> None:
    assert marked_as_test(Message(None, "x")).fallback_text == "TEST: x"
