"""Every kind of change has its sentence."""

from dataclasses import replace
from typing import Any

import pytest

from bot.text.changes import (
    custom_fields,
    delay_text,
    line,
    title_of,
    touched,
    value_of,
    what_happened,
    who_did,
)
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import NO_NAMES
from tests.changes import HASH, NAMES, SIZE, told


@pytest.mark.parametrize(
    ("previous", "now", "said"),
    [
        ({"status": "open"}, {"status": "won"}, "Deal won"),
        ({"status": "open"}, {"status": "lost", "lost_reason": "price"}, "Deal lost: price"),
        ({"status": "open"}, {"status": "lost"}, "Deal lost"),
        ({"status": "lost"}, {"status": "open"}, "Deal reopened"),
        ({"stage_id": 1}, {}, "Deal moved: Qualified → Negotiation"),
        ({"stage_id": 2}, {"stage_id": 1}, "Deal moved back: Negotiation → Qualified"),
        ({"stage_id": 9}, {}, "Deal moved: Negotiation"),
        ({"owner_id": 8}, {}, "Deal owner: Ben → Ada"),
        ({"owner_id": None}, {}, "Deal owner: Ada"),
        ({"owner_id": 8}, {"owner_id": None}, "Deal has no owner now, was Ben\u2019s before"),
        ({"owner_id": 98}, {"owner_id": None}, "Deal has no owner now"),
        ({"owner_id": 98}, {"owner_id": 99}, "Deal got another owner"),
        ({"owner_id": 8}, {"owner_id": 99}, "Deal got another owner"),
        ({"stage_id": 98}, {"stage_id": 99}, "Deal moved"),
        ({"value": 100}, {}, "Deal value: €100 → €12,500"),
        ({"value": 100, "currency": "USD"}, {}, "Deal value: $100 → €12,500"),
        ({"title": "Old"}, {}, "Deal changed: Title"),
        (
            {"title": "Old", "probability": 5, "label_ids": []},
            {},
            "Deal changed: Title, Labels and Probability",
        ),
        ({"custom_fields": {HASH: None}}, {}, "Deal changed: Region"),
        ({"update_time": "x"}, {"update_time": "y"}, "Deal changed"),
    ],
)
def test_a_change_of_a_deal_needs_notice_in_a_sentence(
    previous: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    assert what_happened(told(previous=previous, **now), NAMES) == said


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("deal.updated", "deal.stalled"), "Deal stands still"),
        (("lead.updated", "lead.converted"), "Lead archived"),
        (("lead.updated", "lead.assigned"), "Lead assigned to Ada"),
        (("lead.updated", "lead.scored"), "Lead scored"),
        (("activity.updated", "activity.done"), "Activity done"),
        (("activity.updated", "activity.overdue"), "Activity overdue"),
    ],
)
def test_what_we_find_ourselves_has_its_sentence_too(types: tuple[str, ...], said: str) -> None:
    entity = types[0].partition(".")[0]

    assert what_happened(replace(told(entity, owner_id=7), types=types), NAMES) == said


def test_a_lead_is_said_to_be_converted_once_its_deal_is_known() -> None:
    archived = told("lead", previous={"is_archived": False}, is_archived=True)
    assert what_happened(archived, NAMES) == "Lead archived"
    assert what_happened(replace(archived, became_deal=True), NAMES) == "Lead converted to a deal"


def test_a_stalled_deal_says_for_how_long() -> None:
    stalled = replace(told(stalled_days=14), types=("deal.stalled",))
    assert what_happened(stalled, NAMES) == "Deal stands still for 14 days"


def test_a_merge_names_both_sides() -> None:
    survivor = replace(told(), types=("deal.updated", "deal.merged"), merged_from="43")
    vanished = replace(told(action="delete"), merged_to="43")

    assert what_happened(survivor, NAMES) == "Deal merged with The other deal"
    assert what_happened(replace(survivor, merged_from=None), NAMES) == "Deal merged"
    assert what_happened(vanished, NAMES) == "Deal merged into The other deal"
    assert what_happened(vanished, NO_NAMES) == "Deal merged into another deal"


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(
    ("action", "said"), [("create", "New"), ("change", "changed"), ("delete", "deleted")]
)
def test_every_entity_and_action_has_a_sentence(entity: str, action: str, said: str) -> None:
    change = told(entity, action, previous={"name": "x"})

    assert said in what_happened(change, NO_NAMES)
    assert title_of(change, NO_NAMES)


def test_titles_fall_back_to_what_is_known() -> None:
    assert title_of(told(), NO_NAMES) == "Acme renewal"
    assert title_of(told(title=None), NO_NAMES) == "Deal 42"
    assert title_of(told("note", content="<p>Call <b>Ada</b></p>"), NO_NAMES) == "Call Ada"
    assert len(title_of(told(title="x" * 5000), NO_NAMES)) <= 200


def test_the_actor_is_named() -> None:
    assert who_did(told(), NAMES) == "Ben"
    assert who_did(told(), NO_NAMES) == ""
    assert who_did(replace(told(), who_id=None), NAMES) == ""


def test_a_line_says_object_story_and_worth() -> None:
    won = told(previous={"status": "open"}, status="won")

    assert line(won, NAMES) == "Acme renewal: Deal won, €12,500"
    assert line(told(previous={"value": 1}), NAMES) == "Acme renewal: Deal value: €1 → €12,500"
    assert line(told(action="delete"), NAMES) == "Acme renewal: Deal deleted"


def test_touched_fields_come_by_label_and_option() -> None:
    change = told(previous={"custom_fields": {SIZE: {"type": "enum", "id": 11}, HASH: None}, "label_ids": []})

    assert [(one.label, one.arrow) for one in touched(change, NAMES)] == [
        ("Labels", "Hot"),
        ("Region", "North"),
        ("Size", "Small → Large"),
    ]


def test_a_hash_is_never_shown() -> None:
    change = told(previous={"custom_fields": {HASH: None}})

    assert [one.label for one in touched(change, NO_NAMES)] == ["Custom field"]
    assert HASH not in what_happened(change, NO_NAMES)


def test_custom_fields_answer_to_name_and_hash() -> None:
    change = told()

    said = custom_fields(ENTITIES["deal"], change.state, NAMES)
    assert said == {HASH: "North", "Region": "North", SIZE: "Large", "Size": "Large"}
    assert value_of(change, NAMES, "stage") == "Negotiation"
    assert value_of(change, NAMES, "no such field") == ""


def test_what_was_missed_says_so_in_its_line() -> None:
    late = replace(told(previous={"status": "open"}, status="won"), change_source="catch_up")

    assert line(late, NAMES) == "Acme renewal: Deal won, €12,500 (late, from Nov 20, 2026, 2:05\u202fPM UTC)"
    assert delay_text(replace(late, happened_at=None)) == " (late)"
    assert delay_text(told()) == ""
