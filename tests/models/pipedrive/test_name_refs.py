"""Which names a change needs, and which it contains."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.change import read
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import id_key, name_text, names_in, outdated, refs_in, refs_of_fields
from models.pipedrive.names import Name, Names
from tests.models.pipedrive.webhook import HASH, NAMES, changed, known, sample, v2

DEAL_WANTS = {
    ("stage", "2"),
    ("pipeline", "1"),
    ("user", "42"),
    ("user", "43"),
    ("person", "8"),
    ("organization", "1"),
    ("deal_label", "24"),
}


def test_a_new_deal_wants_the_name_of_everything_it_points_at() -> None:
    assert refs_in(known(v2("create"))) == DEAL_WANTS


def test_of_some_fields_only_what_these_point_at_is_wanted() -> None:
    fields = {"deal": [ENTITIES["deal"].fields["organization.name"], ENTITIES["deal"].fields["owner"]]}
    moved = changed({"stage_id": 1, "org_id": 7})
    assert refs_of_fields(fields, moved) == {("organization", "1"), ("organization", "7"), ("user", "42")}
    assert refs_of_fields({"lead": fields["deal"]}, moved) == set()


def test_a_moved_deal_wants_both_stages() -> None:
    assert refs_in(changed({"stage_id": 1})) == DEAL_WANTS | {("stage", "1")}


def test_a_deleted_deal_wants_the_names_of_its_last_state() -> None:
    assert refs_in(known(v2("delete"))) == DEAL_WANTS


@pytest.mark.parametrize(
    ("entity", "data", "wanted"),
    [
        ("note", {"user_id": 5, "deal_id": 10, "person_id": None}, {("user", "5"), ("deal", "10")}),
        ("activity", {"owner_id": 5, "deal_id": 10}, {("user", "5"), ("deal", "10")}),
        ("stage", {"name": "Won", "pipeline_id": 3}, {("pipeline", "3")}),
        (
            "lead",
            {"organization_id": 4, "label_ids": ["f0-1"]},
            {("organization", "4"), ("lead_label", "f0-1")},
        ),
        ("person", {"label_ids": [7, 8]}, {("person_label", "7"), ("person_label", "8")}),
        ("product", {"owner_id": True}, set()),
        (
            "deal",
            {"custom_fields": {HASH: {"type": "people", "id": 9}}},
            {("deal_field", HASH), ("person", "9")},
        ),
        (
            "deal",
            {"custom_fields": {HASH: {"type": "org", "id": 9}}},
            {("deal_field", HASH), ("organization", "9")},
        ),
        ("deal", {"custom_fields": {HASH: {"type": "user", "id": 9}}}, {("deal_field", HASH), ("user", "9")}),
        ("deal", {"custom_fields": {HASH: None}}, set()),
        ("lead", {"custom_fields": {HASH: {"type": "double", "value": 1}}}, {("deal_field", HASH)}),
    ],
)
def test_every_declared_pointer_and_custom_field_is_mentioned(
    entity: str, data: dict[str, Any], wanted: set[tuple[str, str]]
) -> None:
    body = v2("create", entity, data=data)
    body["data"] = {"id": 8, **data}
    assert refs_in(known(body)) == wanted | {("user", "43")}


def test_a_custom_field_that_was_emptied_still_wants_its_own_name() -> None:
    change = changed({"custom_fields": {HASH: {"type": "enum", "id": 1}}}, custom_fields={HASH: None})
    assert ("deal_field", HASH) in refs_in(change)


def test_a_merge_wants_the_name_of_the_other_one() -> None:
    assert ("deal", "9") in refs_in(known(v2(previous={"title": "x"}, merged_from_id="9")))
    assert ("deal", "7") in refs_in(known(v2("delete", merged_to_id="7")))


def test_what_an_older_body_says_itself_is_not_asked_for_but_learned() -> None:
    body = {
        "v": 1,
        "event": "updated.deal",
        "meta": {"object": "deal", "action": "updated", "id": 8, "user_id": 43},
        "current": {
            "id": 8,
            "title": "Big",
            "user_id": 42,
            "owner_name": "Ada",
            "org_id": 1,
            "org_name": "Acme",
        },
        "previous": {
            "id": 8,
            "title": "Small",
            "user_id": 42,
            "owner_name": "Ada",
            "org_id": 1,
            "org_name": "Acme",
        },
    }
    change = known(body)
    assert refs_in(change) == {("user", "43")}
    assert names_in(change) == {
        ("deal", "8"): Name("Big"),
        ("user", "42"): Name("Ada"),
        ("organization", "1"): Name("Acme"),
    }


def test_a_stage_teaches_its_name_pipeline_and_order() -> None:
    assert names_in(known(sample("v2_docs_change_stage.json"))) == {
        ("stage", "48"): Name("Sample Stage", {"pipeline_id": "1", "order": 6, "rotten_days": 1})
    }


def test_half_a_stage_teaches_nothing() -> None:
    assert names_in(known(v2("create", "stage", data={"name": "Won", "pipeline_id": 3}))) == {}


@pytest.mark.parametrize("entity", ["person", "organization", "user", "pipeline"])
def test_an_object_with_a_name_teaches_it(entity: str) -> None:
    assert names_in(known(v2("create", entity, data={"name": " Ada \0"}))) == {(entity, "8"): Name("Ada")}


def test_a_lead_and_a_nameless_person_teach_nothing() -> None:
    assert names_in(known(v2("create", "lead", data={"title": "Lead"}))) == {}
    assert names_in(known(v2("create", "person", data={"name": {"x": 1}}))) == {}


@pytest.mark.parametrize(
    ("value", "is_outdated"),
    [
        ({"type": "enum", "id": 190}, False),
        ({"type": "enum", "id": 999}, True),
        ({"type": "set", "values": [{"id": 190}, {"id": 7}]}, True),
        ({"type": "set", "values": []}, False),
        (None, False),
    ],
)
def test_an_option_nobody_knows_makes_its_field_outdated(value: Any, is_outdated: bool) -> None:
    change = known(v2("create", data={"custom_fields": {HASH: value}}))
    assert outdated(change, NAMES) == ({("deal_field", HASH)} if is_outdated else set())
    assert outdated(change, Names()) == set()


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())))
def test_a_key_is_short_plain_text_or_nothing(raw: Any) -> None:
    key = id_key(raw)
    assert key is None or (0 < len(key) <= 64 and key.isascii() and key == str(raw))


@given(st.text(alphabet=st.characters(), max_size=700))
def test_a_name_can_always_be_stored(raw: str) -> None:
    text = name_text(raw)
    assert len(text) <= 500
    assert "\0" not in text
    assert text.encode().decode() == text


def test_a_change_with_199_custom_fields_is_read_quickly() -> None:
    custom = {f"{number:040x}": {"type": "enum", "id": 1} if number < 11 else None for number in range(199)}
    change = read(v2("create", data={"custom_fields": custom}))
    assert change is not None
    best = min(_time_of(change) for _ in range(50))
    assert best < 0.0005  # about 25 us; the room is for busy machines


def _time_of(change: Any) -> float:
    start = time.perf_counter()
    refs_in(change)
    return time.perf_counter() - start
