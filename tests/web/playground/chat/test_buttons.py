"""Buttons are found by text and by parameters, anywhere in the card."""

import pytest

from tests.web.playground.chat_talk import button_card, message_with
from web.playground.chat.buttons import action_with, labelled, parameters_of

CARD = message_with(button_card("http://127.0.0.1/x", "Mute", opens=True, do="rule.mute", rule="7"))


def test_a_button_is_found_by_what_it_reads() -> None:
    assert labelled(CARD, "Mute") == {"do": "rule.mute", "rule": "7"}


def test_a_label_that_no_button_has_is_said() -> None:
    with pytest.raises(ValueError, match="no button reads 'Delete'"):
        labelled(CARD, "Delete")


def test_an_action_is_found_by_exactly_its_parameters() -> None:
    action = action_with(CARD, {"do": "rule.mute", "rule": "7"})
    assert action["interaction"] == "OPEN_DIALOG"
    assert parameters_of(action) == {"do": "rule.mute", "rule": "7"}
    assert action_with(CARD, {"do": "rule.mute"}) == {}
