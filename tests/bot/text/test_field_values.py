"""Each type of value that Pipedrive uses for a field is shown as people expect."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.field_values import custom_name, custom_text, field_text, without_tags
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
        ("deal", "stage", {"stage_id": 5000}, "stage 5000"),
        ("deal", "stage", {"stage_id": 9, "stage_name": "Flat"}, "Flat"),
        ("deal", "stage", {"stage_name": "Flat"}, "Flat"),
        ("deal", "owner", {"owner_id": {"id": 7, "name": "Older"}}, "Ada"),
        ("deal", "owner", {"owner_id": {"id": 99, "name": "Older"}}, "Older"),
        ("deal", "label", {"label_ids": [5, 6]}, "Hot and deal label 6"),
        ("deal", "value", {"value": 5, "currency": "USD"}, "$5.00"),
        ("deal", "value", {"value": 5}, "5"),
        ("lead", "value", {"value": {"amount": 5, "currency": "USD"}}, "$5.00"),
        ("deal", "expected_close_date", {"expected_close_date": "2026-12-31"}, "Dec 31, 2026"),
        ("deal", "is_archived", {"is_archived": False}, "no"),
        ("deal", "title", {}, ""),
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
        ({"type": "monetary", "value": 5, "currency": "EUR"}, "€5.00"),
        ({"type": "date", "value": "2026-01-02"}, "Jan 2, 2026"),
        ({"type": "daterange", "from": "2026-01-02", "until": "2026-01-03"}, "Jan 2, 2026 to Jan 3, 2026"),
        ({"type": "timerange", "from": "10:00", "until": "11:00"}, "10:00 to 11:00"),
        ({"type": "user", "id": 7}, "Ada"),
        ({"type": "people", "id": 4}, "Grace"),
        ({"type": "org", "id": 999}, "999"),
        ({"type": "set", "values": [{"id": 1}, {"id": 2}]}, "1 and 2"),
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


def test_an_option_nobody_knows_is_its_id() -> None:
    assert custom_text({"type": "enum", "id": 3}, Name("Field", {"options": {"1": "Small"}}), NAMES) == "3"


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
    assert without_tags("a < b") == "a < b"
    assert without_tags("<p>one</p><p>two</p>") == "one two"
