"""The event card, as people in the space see it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.cards.event import event_card, object_link
from bot.widgets import Button, press
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import NO_NAMES
from tests.cards import assert_valid, clicks, lines, links, text
from tests.changes import HASH, LINK_BASE, NAMES, SIZE, told
from tests.hostile import titles

WON = told(previous={"status": "open"}, status="won")
MOVED = told(previous={"stage_id": 1})


def test_the_compact_card_says_what_matters() -> None:
    card = event_card(MOVED, NAMES, rule_name="Moves", link_base=LINK_BASE)

    assert lines(card) == [
        *("Acme renewal", "Deal moved: Qualified → Negotiation"),
        *("Value", "€12,500.00"),
        *("Stage", "Qualified → Negotiation"),
        *("Owner", "Ada"),
        *("Organization", "Acme Ltd"),
        *("Person", "Grace"),
        "By Ben · Rule: Moves",
        "[Open in Pipedrive]",
    ]
    assert links(card) == ["https://acme.pipedrive.com/deal/42"]


def test_the_detailed_card_says_all_that_was_touched() -> None:
    change = told(
        previous={"custom_fields": {HASH: None, SIZE: {"type": "enum", "id": 11}}, "probability": 5}
    )
    shown = text(event_card(change, NAMES, look="detailed"))

    assert "Region\nNorth" in shown
    assert "Size\nSmall → Large" in shown
    assert "Probability\n5%, removed" in shown
    assert "Pipeline\nSales" in shown
    assert "Labels\nHot" in shown


def test_the_notification_says_title_and_story() -> None:
    drawn = assert_valid(event_card(WON, NAMES))

    assert drawn["fallbackText"] == "Acme renewal: Deal won"
    assert drawn["thread"] == {"threadKey": "deal-42"}
    assert "text" not in drawn


def test_a_card_of_what_was_missed_says_that_it_is_late() -> None:
    late = replace(told(previous={"status": "open"}, status="won"), change_source="catch_up")

    message = event_card(late, NAMES)

    assert "Late: this happened Nov 20, 2026, 2:05\u202fPM UTC" in text(message)
    assert message.fallback_text == "Acme renewal: Deal won (late, from Nov 20, 2026, 2:05\u202fPM UTC)"
    assert "Late: this happened earlier" in text(event_card(replace(late, happened_at=None), NAMES))
    assert_valid(message)


def test_unknown_names_are_left_out_and_never_shown_as_ids() -> None:
    message = event_card(MOVED, NO_NAMES)
    shown = text(message)

    assert "Stage" not in shown
    assert "Owner" not in shown
    assert not re.search(r"\b(stage|user|person|organization|label) \d", shown + message.fallback_text)
    assert message.fallback_text == "Acme renewal: Deal moved"


def test_many_changes_are_counted_on_the_compact_card() -> None:
    previous = {"title": "Old", "probability": 5, "acv": 1, "arr": 2, "mrr": 3}
    shown = text(event_card(told(previous=previous), NAMES))

    assert "Title\nOld → Acme renewal" in shown
    assert "and 2 more changes" in shown


@pytest.mark.parametrize("look", ["compact", "detailed", "no such look"])
@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("action", ["create", "change", "delete"])
def test_every_entity_and_action_makes_a_card(entity: str, action: str, look: str) -> None:
    change = told(entity, action, previous={"name": "x", "owner_id": 8}, name="Y", owner_id=7)

    assert len(lines(event_card(change, NAMES, look=look, link_base=LINK_BASE))) >= 3


@pytest.mark.parametrize(
    ("entity", "now", "link"),
    [
        ("deal", {}, "https://acme.pipedrive.com/deal/42"),
        ("lead", {}, "https://acme.pipedrive.com/leads/inbox/42"),
        ("person", {}, "https://acme.pipedrive.com/person/42"),
        ("note", {"deal_id": 9}, "https://acme.pipedrive.com/deal/9"),
        ("note", {}, ""),
        ("note", {"deal_id": "../x?"}, "https://acme.pipedrive.com/deal/..%2Fx%3F"),
    ],
)
def test_the_button_opens_the_object(entity: str, now: dict[str, Any], link: str) -> None:
    assert object_link(told(entity, **now), f"{LINK_BASE}/") == link


@pytest.mark.parametrize("base", ["", "http://acme.example", "javascript:x", "acme.pipedrive.com"])
def test_without_an_https_address_there_is_no_button(base: str) -> None:
    assert links(event_card(WON, NAMES, link_base=base)) == []


def test_a_deleted_object_has_no_page_to_open() -> None:
    assert links(event_card(told(action="delete"), NAMES, link_base=LINK_BASE)) == []


def test_further_actions_stand_behind_the_link() -> None:
    card = event_card(WON, NAMES, link_base=LINK_BASE, actions=[Button("Mute", press("rule.mute", rule=3))])

    assert lines(card)[-2:] == ["[Open in Pipedrive]", "[Mute]"]
    assert clicks(card) == [{"do": "rule.mute", "rule": "3"}]


@given(titles)
def test_whatever_the_title_the_card_is_valid(title: str) -> None:
    change = told(
        previous={"title": "x"}, title=title, lost_reason=title, custom_fields={HASH: {"value": title}}
    )
    for look in ("compact", "detailed"):
        drawn = json.dumps(assert_valid(event_card(change, NAMES, look=look, rule_name=title)))
        assert "<script" not in drawn
        assert "<users" not in drawn
