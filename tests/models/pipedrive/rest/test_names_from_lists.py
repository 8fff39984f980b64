"""Names from the lists of Pipedrive's REST API."""

from typing import Any

import pytest

from models.pipedrive.declaration import Kind
from models.pipedrive.names import Name
from models.pipedrive.rest import names_from_lists
from tests.models.pipedrive.webhook import HASH, sample


def test_published_stages_come_with_pipeline_and_order() -> None:
    listed = sample("rest_v2_get_stages_200.json")["data"]
    assert names_from_lists.stages(listed) == {
        ("stage", "1"): Name("Stage Name", {"pipeline_id": "1", "order": 1, "rotten_days": 2})
    }


def test_a_stage_without_its_order_is_still_called_something() -> None:
    assert names_from_lists.stages([{"id": 1, "name": "Won"}]) == {("stage", "1"): Name("Won")}


@pytest.mark.parametrize(
    ("file", "kind", "key", "expected"),
    [
        ("rest_v1_get_users_200.json", "user", "name", {"1": "John Doe", "2": "Jane Doe"}),
        ("rest_v2_get_pipelines_200.json", "pipeline", "name", {"1": "Pipeline Name"}),
        ("rest_v2_get_persons_200.json", "person", "name", {"1": "Person Name"}),
        ("rest_v2_get_deals_200.json", "deal", "title", {"1": "Deal Title"}),
    ],
)
def test_published_lists_give_names(file: str, kind: str, key: str, expected: dict[str, str]) -> None:
    names = names_from_lists.called(kind, sample(file)["data"], key)
    assert {key: name.text for key, name in names.of(kind).items()} == expected


def test_published_fields_give_custom_fields_only() -> None:
    names = names_from_lists.fields("deal", sample("rest_v2_get_dealFields_200.json")["data"])
    more = {"kind": "choice", "options": {"1": "Low", "2": "Medium", "3": "High"}}
    assert names == {("deal_field", "40characterhashforcustomfieldidentifier"): Name("Priority", more)}


def test_the_labels_of_an_entity_are_options_of_its_label_field() -> None:
    label = {"field_code": "label", "field_name": "Label", "field_type": "set", "is_custom_field": False}
    names = names_from_lists.fields("person", [{**label, "options": [{"id": 5, "label": "Hot"}]}])
    assert names == {("person_label", "5"): Name("Hot")}


@pytest.mark.parametrize(
    ("field_type", "kind"),
    [
        ("varchar", Kind.TEXT),
        ("time", Kind.TEXT),
        ("double", Kind.NUMBER),
        ("monetary", Kind.MONEY),
        ("date", Kind.DATE),
        ("daterange", Kind.DATE),
        ("enum", Kind.CHOICE),
        ("set", Kind.SET),
        ("user", Kind.PERSON),
        ("org", Kind.PERSON),
        ("people", Kind.PERSON),
        ("boolean", Kind.FLAG),
        ("deal", Kind.ID),
        ("invented tomorrow", Kind.ANY),
        (None, Kind.ANY),
    ],
)
def test_a_type_of_pipedrive_has_a_kind_filters_know(field_type: Any, kind: Kind) -> None:
    field = {"field_code": HASH, "field_name": "X", "field_type": field_type, "is_custom_field": True}
    assert names_from_lists.fields("deal", [field])["deal_field", HASH].more == {"kind": kind.value}


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": 1},
        {"id": None, "name": "x"},
        {"id": "1; DROP", "name": "x"},
        {"id": 1, "name": ["x"]},
        {"id": 1, "name": "\0"},
        {"id": "9" * 65, "name": "x"},
    ],
)
def test_an_item_that_does_not_fit_is_left_out(item: dict[str, Any]) -> None:
    assert names_from_lists.called("user", [item, {"id": 2, "name": "Ada"}]) == {("user", "2"): Name("Ada")}
