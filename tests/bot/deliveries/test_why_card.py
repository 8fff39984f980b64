"""The card of an explanation: rules with their icons, conditions, and where its buttons lead."""

from __future__ import annotations

from dataclasses import replace

from bot.deliveries.why_card import FoundObject, RuleRow, WhyView, choice_card, why_card
from tests.cards import assert_valid, clicks, lines, text

VIEW = WhyView("Globex", "Deal won", "5 minutes ago", "2 rules looked at it; 1 of them wanted a card.", 7)


def test_an_explanation_says_who_decided_what() -> None:
    rows = [
        RuleRow("Wins", "sent", "Wanted a card", ("✓ Value at least 10", "→ Deals: sent"), "3"),
        RuleRow("Gone", "no", "No card: its conditions do not hold"),
    ]
    card = why_card(replace(VIEW, rows=rows, notes=["4 rules are about others."]))

    assert lines(card)[:2] == ["Why: Globex", "5 minutes ago"]
    for said in ("Wins", "✓ Value at least 10", "→ Deals: sent", "Gone", "4 rules are about others."):
        assert said in text(card)
    assert clicks(card) == [{"do": "rule.show", "rule": "3"}]


def test_pages_and_neighbours_are_one_press_away() -> None:
    view = replace(VIEW, page=2, more=True, earlier=3, later=9)
    assert clicks(why_card(view)) == [
        {"do": "why.show", "event": "7", "page": "1"},
        {"do": "why.show", "event": "7", "page": "3"},
        {"do": "why.show", "event": "3"},
        {"do": "why.show", "event": "9"},
    ]


def test_hostile_texts_fit() -> None:
    row = RuleRow("<users/all>" * 99, "off", "x", tuple("😀" * 500 for _ in range(15)), "1")
    assert_valid(why_card(replace(VIEW, rows=[row] * 8, title="<b>" * 200)))


def test_a_choice_has_a_button_for_each() -> None:
    card = choice_card("globex", [FoundObject(1, "Globex: Deal won", "now"), FoundObject(2, "B", "then")])
    assert lines(card)[0] == "Which one is “globex”?"
    assert clicks(card) == [{"do": "why.show", "event": "1"}, {"do": "why.show", "event": "2"}]
    assert_valid(choice_card("", [FoundObject(1, "A", "now")]))
