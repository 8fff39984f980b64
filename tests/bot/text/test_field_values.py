"""Each type of value that Pipedrive uses for a field is shown as people expect."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.field_values import as_words, custom_name, custom_text, field_text, readable_text
from models.pipedrive.declaration import Markup
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import NO_NAMES, Name
from tests.changes import HASH, NAMES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "value", "values", "name", "currency", "amount", "from", "type"]), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("entity", "key", "state", "said"),
    [
        ("deal", "stage", {"stage_id": 1}, "Qualified"),
        ("deal", "stage", {"stage_id": 5000}, ""),
        ("deal", "stage", {"stage_id": 9, "stage_name": "Flat"}, "Flat"),
        ("deal", "stage", {"stage_name": "Flat"}, "Flat"),
        ("deal", "owner", {"owner_id": {"id": 7, "name": "Older"}}, "Ada"),
        ("deal", "owner", {"owner_id": {"id": 99, "name": "Older"}}, "Older"),
        ("deal", "label", {"label_ids": [5, 6]}, "Hot"),
        ("deal", "value", {"value": 5, "currency": "USD"}, "$5"),
        ("deal", "value", {"value": 5}, "5"),
        ("lead", "value", {"value": {"amount": 5, "currency": "USD"}}, "$5"),
        ("deal", "expected_close_date", {"expected_close_date": "2026-12-31"}, "Dec 31, 2026"),
        ("deal", "is_archived", {"is_archived": False}, "no"),
        ("deal", "title", {}, ""),
        ("deal", "expected_close_date", {"expected_close_date": "0000-00-00"}, ""),
        ("deal", "probability", {"probability": 80}, "80%"),
        ("activity", "type", {"type": "call"}, "Call"),
        ("activity", "due_time", {"due_time": "00:30:00"}, "00:30"),
        ("activity", "due_time", {"due_time": "23:30:00 UTC"}, "23:30 UTC"),
        ("activity", "duration", {"duration": {"timezone_id": None, "value": "01:00:00"}}, "01:00"),
        ("person", "emails", {"emails": [{"label": "work", "value": "a@x", "primary": True}]}, "a@x"),
        ("person", "phones", {"phones": [{"label": "work", "value": ""}]}, ""),
        ("person", "phones", {"phones": [{"label": "work", "value": ""}, {"value": "5"}]}, "5"),
        ("product", "description", {"description": "<10 mm and >5 mm"}, "<10 mm and >5 mm"),
        (
            "person",
            "emails",
            {"emails": [{"value": "b@x"}, {"value": "a@x", "primary": True}]},
            "a@x and b@x",
        ),
        (
            "organization",
            "address",
            {"address": {"value": "x", "formatted_address": "Main St 1"}},
            "Main St 1",
        ),
        ("note", "content", {"content": "<p>Hi&nbsp;<b>you</b></p>"}, "Hi you"),
    ],
)
def test_fields_are_read_as_people_would(entity: str, key: str, state: dict[str, Any], said: str) -> None:
    assert field_text(ENTITIES[entity].fields[key], state, NAMES) == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, ""),
        ({"type": "varchar", "value": "x"}, "x"),
        ({"type": "monetary", "value": 5, "currency": "EUR"}, "€5"),
        ({"type": "date", "value": "2026-01-02"}, "Jan 2, 2026"),
        ({"type": "daterange", "from": "2026-01-02", "until": "2026-01-03"}, "Jan 2, 2026 to Jan 3, 2026"),
        ({"type": "timerange", "from": "10:00", "until": "11:00"}, "10:00 to 11:00"),
        ({"type": "user", "id": 7}, "Ada"),
        ({"type": "people", "id": 4}, "Grace"),
        ({"type": "org", "id": 999}, ""),
        ({"type": "user", "id": 999}, ""),
        ({"type": "set", "values": [{"id": 1}, {"id": 2}]}, ""),
        ({"type": "address", "value": "Hall 2", "formatted_address": ""}, "Hall 2"),
        ({"type": "date", "value": "0000-00-00"}, ""),
        ({"type": "daterange", "value": "2026-01-02", "until": "2026-01-03"}, "Jan 2, 2026 to Jan 3, 2026"),
        (17, "17"),
        (True, "yes"),
    ],
)
def test_custom_fields_without_options(raw: object, said: str) -> None:
    assert custom_text(raw, Name("Field"), NAMES) == said


@pytest.mark.parametrize(
    "raw", [{"type": "set", "values": [{"id": 1}, {"id": 2}]}, "1,2", [1, 2], ["1", {"id": "2"}]]
)
def test_options_are_read_by_label(raw: object) -> None:
    assert (
        custom_text(raw, Name("Field", {"options": {"1": "Small", "2": "Large"}}), NAMES) == "Small and Large"
    )


def test_an_option_nobody_knows_is_left_out() -> None:
    known = Name("Field", {"options": {"1": "Small"}})

    assert custom_text({"type": "enum", "id": 3}, known, NAMES) == ""
    assert custom_text({"type": "set", "values": [{"id": 1}, {"id": 3}]}, known, NAMES) == "Small"


def test_a_custom_field_is_found_by_its_hash() -> None:
    name = custom_name(ENTITIES["lead"], f"custom.{HASH}", NAMES)

    assert name is not None
    assert name.text == "Region"
    assert custom_name(ENTITIES["deal"], "custom.ffff", NO_NAMES) is None


@given(JSON, st.sampled_from(sorted(ENTITIES)), st.data())
def test_any_json_in_any_field_is_read_without_failing(raw: Any, entity: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(ENTITIES[entity].fields.values(), key=lambda each: each.key)))

    assert isinstance(field_text(field, {field.where: raw}, NAMES), str)
    assert isinstance(custom_text(raw, None, NAMES), str)
    assert isinstance(custom_text(raw, Name("x", {"options": {"1": "One"}}), NAMES), str)


def test_tags_go_and_words_stay() -> None:
    assert readable_text("a < b", Markup.HTML) == "a < b"
    assert readable_text("<p>one</p><p>two</p>", Markup.HTML) == "one two"
    assert readable_text("5&nbsp;000 &gt; <b>4</b>", Markup.HTML) == "5 000 > 4"
    assert readable_text("<10 mm and >5 mm", Markup.MAYBE) == "<10 mm and >5 mm"


@pytest.mark.parametrize(
    ("key", "words"), [("call", "Call"), ("site_visit", "Site visit"), ("open", "Open"), ("", "")]
)
def test_keys_of_choices_are_said_as_words(key: str, words: str) -> None:
    assert as_words(key) == words


def test_a_value_nested_without_end_is_left_out() -> None:
    deep: Any = "x"
    for _ in range(20_000):
        deep = [deep]

    assert field_text(ENTITIES["person"].fields["emails"], {"emails": deep}, NAMES) == ""
    assert custom_text(deep, None, NAMES) == ""
