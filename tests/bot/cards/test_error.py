"""The error card names the error and what to do next."""

from bot.cards.error import error_card
from bot.widgets import Button, press
from tests.cards import assert_valid, lines


def test_trouble_says_what_why_and_what_next() -> None:
    card = error_card(
        "Nothing sent", "<b>403</b>", "Add the app", button=Button("Retry", press("delivery.retry"))
    )

    assert lines(card) == ["Nothing sent", "<b>403</b>", "What you can do", "Add the app", "[Retry]"]
    assert assert_valid(card)["fallbackText"] == "Nothing sent. Add the app"


def test_trouble_alone_is_enough() -> None:
    assert lines(error_card("Unknown command"))[0] == "Unknown command"
