from bot.home.cards import Problem, status_card
from tests.cards import clicks, text

RECONNECT = {"do": "connection.show"}


def test_trouble_comes_first() -> None:
    said = text(status_card([("Team", "Acme")], Problem("Pipedrive has to be connected again")))
    assert said.index("connected again") < said.index("Acme")


def test_without_trouble_all_is_well() -> None:
    assert "All is well" in text(status_card([("Team", "Acme")]))


def test_where_connecting_again_helps_that_is_the_first_button() -> None:
    assert clicks(status_card([], Problem("It ended", reconnect=True)))[0] == RECONNECT
    assert RECONNECT not in clicks(status_card([], Problem("It ended", reconnect=True), may_connect=False))
    assert RECONNECT not in clicks(status_card([], Problem("Deals is paused")))


def test_trouble_of_a_destination_leads_there() -> None:
    assert clicks(status_card([], Problem("Deals is paused", place=3)))[0]["do"] == "space.show"
