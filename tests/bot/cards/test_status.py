from bot.cards.status import status_card
from tests.cards import text


def test_trouble_comes_first() -> None:
    said = text(status_card([("Team", "Acme")], trouble="Pipedrive has to be connected again"))
    assert said.index("connected again") < said.index("Acme")


def test_without_trouble_all_is_well() -> None:
    assert "All is well" in text(status_card([("Team", "Acme")]))
