"""How the words after `team role` and `team invite` are read."""

from __future__ import annotations

import pytest

from bot.team.show import split_role


@pytest.mark.parametrize(
    ("words", "person", "role"),
    [
        ("ada manager", "ada", "manager"),
        ("ada lovelace sales rep", "ada lovelace", "sales_rep"),
        ("ada sales-rep", "ada", "sales_rep"),
        ("ada Sales_Rep", "ada", "sales_rep"),
        ("ada rep", "ada", "sales_rep"),
        ("ada", "ada", ""),
        ("viewer", "", "viewer"),
        ("", "", ""),
        ("ada owner", "ada owner", ""),
    ],
)
def test_the_role_is_at_the_end_in_the_words_people_use(words: str, person: str, role: str) -> None:
    found, chosen = split_role(tuple(words.split()))
    assert (" ".join(found), chosen) == (person, role)


def test_a_quoted_role_is_one_word() -> None:
    assert split_role(("ada", "sales rep")) == (("ada",), "sales_rep")
