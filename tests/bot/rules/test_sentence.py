from dataclasses import replace
from typing import Any

import pytest

from bot.rules.sentence import rule_sentence
from models.pipedrive.names import NO_NAMES
from models.pipedrive.types import EVENT_TYPES, WILDCARDS
from models.rules.drafts import RuleDraft

BIG: dict[str, Any] = {"field": "value", "op": "at_least", "value": {"amount": 10000, "currency": "EUR"}}
MOVED: dict[str, Any] = {"field": "stage", "op": "changed"}


def draft(on: list[str], when: Any = None, template: Any = "compact", *, urgent: bool = False) -> RuleDraft:
    return RuleDraft("x", on, when, ["spaces/A"], template, urgent=urgent)


@pytest.mark.parametrize(
    ("rule", "places", "words"),
    [
        (draft(["deal.won"]), ["Deals"], "When a deal is won, a compact card goes to Deals."),
        (
            draft(["deal.won", "deal.lost"], BIG, "detailed", urgent=True),
            ["Deals", "Wins wall"],
            (
                "When a deal is won or a deal is lost, and only if Value is at least 10,000 EUR,"
                " a detailed card goes to Deals and Wins wall, also in quiet hours that let"
                " urgent cards pass."
            ),
        ),
        (
            draft(["deal.updated"], {"any": [BIG, MOVED]}),
            ["Deals"],
            (
                "When a deal is changed, and only if Value is at least 10,000 EUR or Stage changed,"
                " a compact card goes to Deals."
            ),
        ),
        (
            draft(["activity.done"], None, "Short"),
            [],
            "When an activity is done, a card by the template “Short” goes to nowhere yet.",
        ),
        (
            draft(["organization.*"], None, {"liquid": "x"}),
            ["Deals"],
            "When an organization changes in any way, a card of its own template goes to Deals.",
        ),
        (draft(["*"]), ["Deals"], "When anything happens, a compact card goes to Deals."),
    ],
)
def test_a_rule_is_one_sentence(rule: RuleDraft, places: list[str], words: str) -> None:
    assert rule_sentence(rule, NO_NAMES, places) == words


def test_a_rule_says_which_cards_share_a_thread() -> None:
    threaded = replace(draft(["deal.won"]), thread="deal")
    assert rule_sentence(threaded, NO_NAMES, ["Deals"]).endswith("goes to Deals, in the thread of its deal.")


def test_a_rule_says_that_it_changes_its_last_card() -> None:
    changing = replace(draft(["deal.updated"]), update="card")
    assert rule_sentence(changing, NO_NAMES, ["Deals"]).endswith(
        "goes to Deals, changing the last card of the same object."
    )


def test_a_rule_says_whom_it_mentions() -> None:
    naming = replace(draft(["deal.won"]), mention="owner")
    assert rule_sentence(naming, NO_NAMES, ["Deals"]).endswith("goes to Deals, and mentions the owner.")
    field = replace(draft(["deal.won"]), mention="person in custom.Engineer")
    assert rule_sentence(field, NO_NAMES, ["Deals"]).endswith("and mentions who is in custom.Engineer.")


def test_many_events_are_counted() -> None:
    text = rule_sentence(draft(list(EVENT_TYPES)), NO_NAMES, ["Deals"])
    assert "or 45 other things happen," in text


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, *WILDCARDS])
def test_every_event_has_its_words(event_type: str) -> None:
    text = rule_sentence(draft([event_type]), NO_NAMES, ["Deals"])
    for machine in ("_", ".won", "*"):
        assert machine not in text
