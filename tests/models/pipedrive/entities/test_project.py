"""A project: the work after a won deal, in the keys of REST v2."""

from typing import Any

from models.pipedrive.entities.project import PROJECT
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 6,
    "title": "Roll-out",
    "status": "open",
    "owner_id": 12415231,
    "start_date": "2026-12-01",
    "end_date": None,
    "deal_ids": [10, 12],
    "person_ids": [],
    "health_status": 2,
    "board_id": 1,
    "phase_id": 3,
}


def test_a_project_has_the_base_types_alone() -> None:
    assert base_types("project", **STATE) == [
        ("project.created",),
        ("project.updated",),
        ("project.deleted",),
    ]


def test_a_closed_project_is_only_updated() -> None:
    change = updated("project", {"status": "open"}, **(STATE | {"status": "completed"}))
    assert (change.types, shown(change, "status")) == (("project.updated",), "completed")


def test_sets_are_told_by_their_ids() -> None:
    change = created("project", **STATE)
    assert shown(change, "deal_ids") == ["10", "12"]
    assert shown(change, "person_ids") == []


def test_days_are_days_and_the_owner_has_a_name() -> None:
    change = created("project", **STATE)
    assert shown(change, "start_date").isoformat() == "2026-12-01"
    assert shown(change, "end_date") is None
    assert shown(change, "owner") == "Mari Tamm"


def test_a_deleted_project_keeps_its_title_and_has_no_page() -> None:
    change = deleted("project", **STATE)
    assert (title(change), link(change)) == ("Roll-out", "")
    assert PROJECT.link == ""
