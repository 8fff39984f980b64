"""The event card, as people in the space see it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.cards.event import event_card, object_link
from bot.text.headline import headline
from bot.widgets import Button, press
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import NO_NAMES
from tests.browser.card_pictures import FOLDER, PICTURES
from tests.cards import assert_valid, clicks, lines, links, text
from tests.changes import HASH, LINK_BASE, NAMES, SIZE, told
from tests.hostile import titles

WON = told(previous={"status": "open"}, status="won")
MOVED = told(previous={"stage_id": 1})


def test_the_compact_card_says_what_matters() -> None:
    card = event_card(MOVED, NAMES, rule_name="Moves", link_base=LINK_BASE)

    assert lines(card) == [
        *("Acme renewal", "Moved · €12,500"),
        "Qualified → Negotiation",
        "Acme Ltd · Grace · Sales · closes Dec 31 · Owner: Ada",
        "[Open]",
        "Rule: Moves · by Ben",
    ]
    assert links(card) == ["https://acme.pipedrive.com/deal/42"]


def test_the_detailed_card_says_all_that_was_touched() -> None:
    change = told(
        previous={"custom_fields": {HASH: None, SIZE: {"type": "enum", "id": 11}}, "probability": 5}
    )
    shown = text(event_card(change, NAMES, look="detailed"))

    assert "Region: North" in shown
    assert "Size: Small → Large" in shown
    assert "Probability: 5%, removed" in shown
    assert "Labels\nHot" in shown


def test_the_notification_says_title_and_story() -> None:
    drawn = assert_valid(event_card(WON, NAMES))

    assert drawn["fallbackText"] == "Won: Acme renewal, €12,500 (Ben)"
    assert "thread" not in drawn
    assert "text" not in drawn


def test_a_card_of_what_was_missed_says_that_it_is_late() -> None:
    missed = replace(told(previous={"status": "open"}, status="won"), change_source="catch_up")
    when = "Nov 20, 2026, 2:05\u202fPM UTC"

    message = event_card(missed, NAMES)

    assert f"Late: this happened {when}" in text(message)
    assert message.fallback_text == f"Won: Acme renewal, €12,500 (Ben) (late, from {when})"
    assert "Late: this happened earlier" in text(event_card(replace(missed, happened_at=None), NAMES))
    assert_valid(message)


def test_unknown_names_are_left_out_and_never_shown_as_ids() -> None:
    message = event_card(MOVED, NO_NAMES)
    shown = text(message)

    assert "Stage" not in shown
    assert "Owner" not in shown
    assert not re.search(r"\b(stage|user|person|organization|label) \d", shown + message.fallback_text)
    assert message.fallback_text == "Moved: Acme renewal, €12,500"


def test_many_changes_are_counted_on_the_compact_card() -> None:
    previous = {"title": "Old", "probability": 5, "acv": 1, "arr": 2, "mrr": 3}
    shown = text(event_card(told(previous=previous), NAMES))

    assert "Title: Old → Acme renewal" in shown
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

    assert lines(card)[-3:] == ["[Open]", "[Mute]", "By Ben"]
    assert clicks(card) == [{"do": "rule.mute", "rule": "3"}]


def test_of_many_actions_two_are_visible_and_the_rest_is_in_a_menu() -> None:
    actions = [Button(one, press(f"deal.{one.lower()}")) for one in ("Move", "Won", "Lost", "Note")]
    drawn = assert_valid(event_card(MOVED, NAMES, link_base=LINK_BASE, actions=actions))
    buttons = drawn["cardsV2"][0]["card"]["sections"][-1]["widgets"][0]["buttonList"]["buttons"]

    assert [one.get("text") for one in buttons] == ["Move", "Won", None]
    menu = buttons[-1]["onClick"]["overflowMenu"]["items"]
    assert [one["text"] for one in menu] == ["Open", "Lost", "Note"]
    assert buttons[0]["type"] == "FILLED"


def test_mute_and_why_stand_behind_all_else_and_are_never_the_main_button() -> None:
    secondary = [Button("Mute", press("rule.mute", rule=3)), Button("Why", press("delivery.why", delivery=4))]
    claim = Button("Claim", press("lead.claim"))

    def row(change: Change, *actions: Button) -> list[tuple[str | None, str | None]]:
        drawn = assert_valid(event_card(change, NAMES, link_base=LINK_BASE, actions=actions))
        widgets = drawn["cardsV2"][0]["card"]["sections"][-1]["widgets"]
        return [(one.get("text"), one.get("type")) for one in widgets[0]["buttonList"]["buttons"]]

    assert row(told("lead", "create"), claim, *secondary) == [
        ("Claim", "FILLED"),
        ("Open", None),
        (None, None),
    ]
    assert row(told("person", "create"), *secondary) == [("Open", "FILLED"), (None, None)]
    assert row(told("product", "create"), *secondary) == [("Mute", None), ("Why", None)]


def test_a_product_has_its_price_and_a_lead_no_source_that_says_nothing() -> None:
    product = told("product", "create", name="Unit", prices=[{"price": 129, "currency": "EUR"}])
    assert lines(event_card(product, NAMES))[:2] == ["Unit", "New product · €129"]
    lead = told("lead", "create", title="Pilot", source_name="Manually created")
    assert "Manually created" not in text(event_card(lead, NAMES))


def test_every_kind_of_card_has_its_picture() -> None:
    kinds = {headline(one, NAMES).kind for one in _all_kinds()}
    files = {path.stem for path in FOLDER.glob("*.png")}

    assert len(kinds) > 12
    assert kinds <= files == set(PICTURES)


def _all_kinds() -> Iterator[Change]:
    for entity in ENTITIES:
        for action in ("create", "change", "delete"):
            yield told(entity, action, previous={"name": "x"}, name="Y")
    for before, now in (("open", "won"), ("open", "lost"), ("won", "open")):
        yield told(previous={"status": before}, status=now)
    for previous in ({"stage_id": 1}, {"value": 1}, {"value": 99_999}, {"owner_id": 8}):
        yield told(previous=previous)
    yield told(previous={"stage_id": 2}, stage_id=1)
    yield told(previous={"owner_id": 8}, owner_id=None)
    yield told(previous={"origin": "API"})
    yield told("activity", previous={"done": False}, done=True)


def test_a_note_is_read_on_the_card_of_what_it_is_about() -> None:
    note = told("note", "create", content="<p>Call <b>back</b></p>", user_id=7, deal_id=43)

    assert lines(event_card(note, NAMES)) == ["The other deal", "New note", "Call back", "By Ben"]
    alone = told("note", "create", content="<p>Call <b>back</b></p>", user_id=7)
    assert lines(event_card(alone, NAMES))[0] == "Call back"


def test_no_card_says_what_people_never_say() -> None:
    never = re.compile(r"\bNone\b|nothing →|spaces/|ManuallyCreated|\bUTC\b|user \d+|\.00\b")
    for change in _all_kinds():
        for look in ("compact", "detailed"):
            shown = event_card(change, NAMES, look=look, rule_name="Moves", link_base=LINK_BASE)
            assert not never.search(text(shown) + shown.fallback_text)
            assert ("ManuallyCreated" in str(change.state)) is (change.entity == "deal")  # it could be there


@given(titles)
def test_whatever_the_title_the_card_is_valid(title: str) -> None:
    change = told(
        previous={"title": "x"}, title=title, lost_reason=title, custom_fields={HASH: {"value": title}}
    )
    for look in ("compact", "detailed"):
        drawn = json.dumps(assert_valid(event_card(change, NAMES, look=look, rule_name=title)))
        assert "<script" not in drawn
        assert "<users" not in drawn
