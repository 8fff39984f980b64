import json

import pytest

from bot.destinations.cards import PlaceFacts, place_card, places_card
from tests.cards import assert_valid, clicks, text

WALL = PlaceFacts("7", "Wins wall", "Incoming webhook", ["Big wins"], last="5 minutes ago")


def test_a_place_shows_who_posts_there() -> None:
    assert "Incoming webhook · 1 rule" in text(places_card([WALL], total=1))
    assert "Big wins" in text(place_card(WALL))


def test_a_paused_place_says_why_and_offers_to_resume() -> None:
    paused = PlaceFacts("7", "Wall", "Incoming webhook", paused="it is gone")
    assert "it is gone" in text(places_card([paused], total=1))
    assert {"do": "space.resume", "place": "7"} in clicks(place_card(paused))


def test_who_only_reads_gets_no_buttons_that_change() -> None:
    assert {press["do"] for press in clicks(place_card(WALL, may_edit=False))} == {"space.list"}
    assert {press["do"] for press in clicks(places_card([WALL], may_edit=False))} == {"space.show"}


@pytest.mark.parametrize("name", ["<users/all>", "<b>x", "😀" * 3000, "\u202eevil", ""])
def test_names_of_strangers_do_no_harm(name: str) -> None:
    hostile = PlaceFacts("1", name, name, [name] * 50, name, name)
    assert "<users/all>" not in json.dumps(assert_valid(place_card(hostile)), ensure_ascii=False)
    assert text(places_card([hostile] * 10, total=10))


def test_no_place_yet_says_what_to_do() -> None:
    assert "Link this space" in text(places_card([]))
