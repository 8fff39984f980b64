"""The cards of rules: the list, and one rule."""

from dataclasses import replace

from bot.rules.cards import RuleFacts, RuleList, rule_card, rules_card
from tests.cards import clicks, lines, text

RULE = RuleFacts(
    "7", "Big wins", on="Deal won", when="value is at least 10,000", to="Deals", lately="14 cards"
)


def test_the_list_opens_each_rule() -> None:
    card = rules_card([RULE, RuleFacts("8", "Off <b>", enabled=False)], RuleList(2, 3, 24))

    assert lines(card)[:2] == ["Rules", "24 rules, page 2 of 3"]
    assert {"do": "rule.show", "rule": "7"} in clicks(card)
    assert {"do": "rule.list", "page": "1"} in clicks(card)
    assert {"do": "rule.list", "page": "3"} in clicks(card)
    assert {"do": "rule.new"} in clicks(card)


def test_the_list_shows_where_rules_post_their_numbers_and_conditions() -> None:
    other = replace(RULE, id="8", name="Losses", on="Deal lost", when="", enabled=False, to="Walls")
    shown = text(rules_card([RULE, replace(RULE, id="9", name="More wins"), other]))

    assert shown.count("Post to Deals") == 1
    assert "No. 7 · on\nBig wins\nDeal won, only if value is at least 10,000" in shown
    assert shown.index("No. 9") < shown.index("Post to Walls")
    assert "No. 8 · off\nLosses\nDeal lost" in shown


def test_pages_of_a_search_stay_in_that_search() -> None:
    card = rules_card([RULE], RuleList(2, 3, 24, find=["off", "wins"]))
    assert {"do": "rule.list", "page": "3", "find": "off wins"} in clicks(card)
    assert "24 rules for “off wins”, page 2 of 3" in lines(card)


def test_an_empty_list_says_what_to_do() -> None:
    assert "No rules yet. Make the first one." in lines(rules_card([]))
    assert clicks(rules_card([], may_make=False)) == []


def test_a_rule_shows_all_its_parts() -> None:
    shown = text(rule_card(RULE))

    for row in ("When\nDeal won", "Only if\nvalue is at least 10,000", "Post to\nDeals", "Lately\n14 cards"):
        assert row in shown
    assert {"do": "rule.toggle", "rule": "7", "to": "off"} in clicks(rule_card(RULE))


def test_a_priority_is_shown_where_it_is_not_the_usual_one() -> None:
    for priority in (40, -5):
        assert f"Priority\n{priority}, where the usual one is 0" in text(
            rule_card(replace(RULE, priority=priority))
        )
    assert "Priority" not in text(rule_card(RULE))


def test_without_the_right_to_edit_there_is_no_edit_button() -> None:
    assert [each["do"] for each in clicks(rule_card(RULE, may_edit=False))] == ["rule.list"]


def test_only_an_admin_has_the_switch_for_restricted_objects() -> None:
    flip = {"do": "rule.reveal", "rule": "7", "to": "on"}
    assert flip in clicks(rule_card(RULE, may_reveal=True))
    assert flip not in clicks(rule_card(RULE))
    assert "What only some may see\nHidden" in text(rule_card(RULE))
    opened = rule_card(replace(RULE, shows_restricted=True), may_reveal=True)
    assert {**flip, "to": "off"} in clicks(opened)
