"""A long list of rules stays within a card."""

from __future__ import annotations

from bot.restricted.cards import MOST_RULES, HidingRule, hiding_card
from tests.cards import assert_valid, text


def test_a_long_list_says_how_many_more_there_are() -> None:
    rules = [HidingRule(str(number), f"Rule {number}", "Deals") for number in range(MOST_RULES + 5)]
    drawn = hiding_card(rules, "83 of the last 100 deals")
    assert_valid(drawn)
    assert "and 5 more" in text(drawn)
    assert "This concerns 83 of the last 100 deals." in text(drawn)
