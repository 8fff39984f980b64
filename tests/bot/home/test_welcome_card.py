"""The welcome card always offers the next step."""

import pytest

from bot.home.cards import welcome_card
from tests.cards import clicks, lines, links


@pytest.mark.parametrize(
    ("connected", "linked", "button"),
    [
        (False, False, "[Connect Pipedrive]"),
        (True, False, "[Link this space]"),
        (True, True, "[New rule]"),
    ],
)
def test_the_first_button_is_the_next_step(connected: bool, linked: bool, button: str) -> None:
    card = welcome_card(connected=connected, linked=linked)

    assert [line for line in lines(card) if line.startswith("[")] == [button, "[Help]"]
    assert ({"do": "connection.show"} in clicks(card)) is not connected
    assert {"do": "help.show"} in clicks(card)


def test_a_card_that_all_see_holds_no_way_in() -> None:
    assert links(welcome_card()) == []
