import pytest

from bot.rules.search import RuleSearch, parse_search


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("", RuleSearch()),
        ("active", RuleSearch(enabled=True)),
        ("off here", RuleSearch(enabled=False, here=True)),
        ("here paused big wins", RuleSearch(False, True, "big wins")),
        ("won on monday", RuleSearch(words="won on monday")),
    ],
)
def test_a_search_is_read_from_its_first_words(typed: str, search: RuleSearch) -> None:
    assert parse_search(typed.split()) == search


def test_nothing_is_explained_where_there_are_no_rules() -> None:
    assert RuleSearch(words="x").explain_nothing([]) == ""
    assert RuleSearch(here=True).explain_nothing(["Wins"]) == "No rule posts into this space."
