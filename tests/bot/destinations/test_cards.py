import json

import pytest

from bot.destinations.cards import DestinationFacts, destination_card, destinations_card
from tests.cards import assert_valid, clicks, text

WALL = DestinationFacts("7", "Wins wall", "Incoming webhook", ["Big wins"], last="5 minutes ago")


def test_a_destination_shows_who_posts_there() -> None:
    assert "Incoming webhook · 1 rule" in text(destinations_card([WALL], total=1))
    assert "Big wins" in text(destination_card(WALL))


def test_a_paused_destination_shows_why_and_offers_to_resume() -> None:
    paused = DestinationFacts("7", "Wall", "Incoming webhook", paused="it is gone")
    assert "it is gone" in text(destinations_card([paused], total=1))
    assert {"do": "space.resume", "place": "7"} in clicks(destination_card(paused))


def test_who_only_reads_gets_no_buttons_that_change() -> None:
    assert {press["do"] for press in clicks(destination_card(WALL, may_edit=False))} == {"space.list"}
    assert {press["do"] for press in clicks(destinations_card([WALL], may_add=False))} == {"space.show"}


@pytest.mark.parametrize("name", ["<users/all>", "<b>x", "😀" * 3000, "\u202eevil", ""])
def test_names_of_strangers_do_no_harm(name: str) -> None:
    hostile = DestinationFacts("1", name, name, [name] * 50, name, name)
    assert "<users/all>" not in json.dumps(assert_valid(destination_card(hostile)), ensure_ascii=False)
    assert text(destinations_card([hostile] * 10, total=10))


def test_an_empty_list_shows_what_to_do() -> None:
    assert "Link this space" in text(destinations_card([]))
