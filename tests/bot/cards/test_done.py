"""The confirmation card after an action, and the dialog before it."""

from bot.cards.done import confirm_dialog, done_card
from bot.widgets import Button, press
from tests.cards import assert_valid, clicks, lines


def test_done_says_what_was_done() -> None:
    card = done_card(
        "Rule saved", "It is on.", facts=[("Name", "Big wins")], buttons=[Button("Test", press("rule.test"))]
    )

    assert lines(card) == ["Rule saved", "It is on.", "Name", "Big wins", "[Test]"]


def test_the_question_names_what_it_touches() -> None:
    dialog = confirm_dialog("Delete?", "Big wins", yes="Delete", press=press("rule.delete", rule=7))

    assert lines(dialog) == ["Delete?", "Big wins", "[Delete]"]
    assert clicks(dialog) == [{"do": "rule.delete", "rule": "7"}]
    assert "primaryButton" in assert_valid(dialog)["fixedFooter"]
