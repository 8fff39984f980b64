import pytest

from bot.rules.search import RuleSearch, parse_search
from models.tables import Rule


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("", RuleSearch()),
        ("active", RuleSearch(enabled=True)),
        ("off here", RuleSearch(enabled=False, here=True)),
        ("here paused big wins", RuleSearch(False, True, "big wins")),
        ("all", RuleSearch()),
        ("enabled", RuleSearch(True)),
        ("disabled", RuleSearch(False)),
        ("won on monday", RuleSearch(words="won on monday")),
    ],
)
def test_a_search_is_read_from_its_first_words(typed: str, search: RuleSearch) -> None:
    assert parse_search(typed.split()) == search


def test_nothing_is_explained_where_there_are_no_rules() -> None:
    assert RuleSearch(words="x").explain_nothing([]) == ""
    assert RuleSearch(here=True).explain_nothing(["Wins"]) == "No rule posts into this space."


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Cafe\u0301", "Café klienti"), ("istanbul", "İSTANBUL wins"), ("Ben\u2019s", "Ben's deals")],
)
def test_a_rule_is_found_however_its_letters_are_typed(typed: str, name: str) -> None:
    rule = Rule(name=name, is_enabled=True)
    assert parse_search([typed]).fits(rule, posts_here=False)
