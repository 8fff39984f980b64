"""A stage: its order in its pipeline decides whether a deal moved back, so it is stored with its name."""

from typing import Any

import pytest

from models.pipedrive.name_refs import names_in
from models.pipedrive.names import Name
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 6,
    "name": "Offer made",
    "order_nr": 1,
    "pipeline_id": 3,
    "deal_probability": 60,
    "rotten_flag": True,
    "rotten_days": 14,
    "active_flag": True,
}


def test_a_stage_has_the_base_types_alone() -> None:
    assert base_types("stage", **STATE) == [("stage.created",), ("stage.updated",), ("stage.deleted",)]


def test_a_moved_stage_teaches_its_new_place() -> None:
    change = updated("stage", {"order_nr": 0}, **STATE)
    assert names_in(change) == {
        ("stage", "6"): Name("Offer made", {"pipeline_id": "3", "order": 1, "rotten_days": 14})
    }
    kept = updated("stage", {"rotten_flag": True}, **{**STATE, "rotten_flag": False})
    assert names_in(kept) == {("stage", "6"): Name("Offer made", {"pipeline_id": "3", "order": 1})}


@pytest.mark.parametrize("missing", ["pipeline_id", "order_nr"])
def test_half_a_stage_teaches_nothing(missing: str) -> None:
    assert names_in(created("stage", **{key: each for key, each in STATE.items() if key != missing})) == {}


def test_people_read_the_pipeline_by_name() -> None:
    change = created("stage", **STATE)
    assert shown(change, "pipeline") == "New business"
    assert [shown(change, field) for field in ("rotten_days", "deal_probability")] == [14, 60]


def test_a_deleted_stage_keeps_its_name_and_has_no_page() -> None:
    change = deleted("stage", **STATE)
    assert (title(change), link(change)) == ("Offer made", "")
