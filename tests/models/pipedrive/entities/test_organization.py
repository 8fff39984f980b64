"""An organization: the company of persons and deals, with one label in most bodies."""

from typing import Any

import pytest

from models.pipedrive.change import read
from models.pipedrive.entities.organization import ORGANIZATION
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 2,
    "name": "Põhja OÜ",
    "owner_id": 12415231,
    "address": "Tallinn, Estonia",
    "country_code": "EE",
    "label": 7,
    "employee_count": 12,
    "annual_revenue": None,
}


def test_an_organization_has_the_base_types_alone() -> None:
    assert base_types("organization", **STATE) == [
        ("organization.created",),
        ("organization.updated",),
        ("organization.deleted",),
    ]


@pytest.mark.parametrize(
    ("label", "seen"), [(7, ["Partner"]), (None, []), ("7,8", ["Partner", "id 8"]), ([], [])]
)
def test_a_single_label_is_a_set_of_labels(label: Any, seen: list[str]) -> None:
    change = created("organization", **(STATE | {"label": label}))
    assert "label" not in change.after
    assert shown(change, "label") == seen


def test_figures_compare_as_numbers() -> None:
    change = updated("organization", {"employee_count": 10}, **STATE)
    assert (shown(change, "employee_count"), shown(change, "annual_revenue")) == (12, None)


def test_a_deleted_organization_keeps_its_name_and_its_page() -> None:
    change = deleted("organization", **STATE)
    assert (title(change), link(change)) == ("Põhja OÜ", "/organization/2")
    assert shown(change, "owner") == "Mari Tamm"


def test_both_sides_of_a_merge_are_told() -> None:
    meta = {"entity": "organization", "entity_id": "2"}
    survivor = read({"meta": meta | {"action": "change", "merged_from_id": 3}, "data": STATE, "previous": {}})
    vanished = read({"meta": meta | {"action": "delete", "merged_to_id": 2}, "previous": STATE})
    assert survivor is not None
    assert vanished is not None
    assert survivor.types == ("organization.updated", "organization.merged")
    assert (vanished.types, vanished.merged_to) == (("organization.deleted",), "2")


def test_only_a_merge_is_derived() -> None:
    assert ORGANIZATION.derived == ("merged",)
