from bot.home.cards import status_card
from tests.cards import clicks, text


def test_trouble_comes_first() -> None:
    said = text(status_card([("Team", "Acme")], problem="Pipedrive has to be connected again"))
    assert said.index("connected again") < said.index("Acme")


def test_without_trouble_all_is_well() -> None:
    assert "All is well" in text(status_card([("Team", "Acme")]))


def test_where_connecting_again_helps_that_is_the_first_button() -> None:
    assert clicks(status_card([], problem="It ended", reconnect=True))[0] == {"do": "connection.show"}
    assert {"do": "connection.show"} not in clicks(status_card([], problem="Deals is paused"))
