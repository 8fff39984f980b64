"""A pipeline: cards of deals show its name, so a new name is stored from its own event."""

from typing import Any

from models.pipedrive.name_refs import names_in
from models.pipedrive.names import Name
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 3,
    "name": "New business",
    "url_title": "New-business",
    "order_nr": 4,
    "active_flag": True,
    "deal_probability": False,
}


def test_a_pipeline_has_the_base_types_alone() -> None:
    assert base_types("pipeline", **STATE) == [
        ("pipeline.created",),
        ("pipeline.updated",),
        ("pipeline.deleted",),
    ]


def test_its_flags_and_its_order_are_read_by_kind() -> None:
    change = created("pipeline", **STATE)
    assert [shown(change, field) for field in ("order_nr", "active_flag", "deal_probability")] == [
        4,
        True,
        False,
    ]


def test_a_renamed_pipeline_is_known_at_once() -> None:
    change = updated("pipeline", {"name": "Sales"}, **STATE)
    assert names_in(change) == {("pipeline", "3"): Name("New business")}


def test_a_deleted_pipeline_keeps_its_name_and_its_page() -> None:
    change = deleted("pipeline", **STATE)
    assert (title(change), link(change)) == ("New business", "/pipeline/3")
