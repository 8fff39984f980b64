"""An activity: done once, whatever a dialect's value for true; overdue by our own clock."""

from typing import Any

import pytest

from models.pipedrive.change import read
from models.pipedrive.entities.activity import ACTIVITY
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 77,
    "subject": "Call Liis",
    "type": "call",
    "done": False,
    "due_date": "2026-11-21",
    "due_time": {"timezone_id": None, "value": "09:30:00"},
    "owner_id": 12415231,
    "deal_id": 10,
    "person_id": 11,
    "org_id": 2,
    "busy_flag": None,
}


def test_an_open_activity_has_the_base_types_alone() -> None:
    assert base_types("activity", **STATE) == [
        ("activity.created",),
        ("activity.updated",),
        ("activity.deleted",),
    ]


@pytest.mark.parametrize(
    ("was", "now", "is_done"),
    [(False, True, True), (0, 1, True), (True, False, False), (True, True, False), (False, False, False)],
)
def test_done_needs_notice_when_it_becomes_true(was: Any, now: Any, is_done: bool) -> None:
    change = updated("activity", {"done": was}, **(STATE | {"done": now}))
    assert ("activity.done" in change.types) is is_done


def test_editing_a_done_activity_does_not_do_it_again() -> None:
    assert updated("activity", {"subject": "x"}, **(STATE | {"done": True})).types == ("activity.updated",)


@pytest.mark.parametrize("done", [True, 1])
def test_an_activity_logged_afterwards_is_done_from_the_start(done: Any) -> None:
    assert created("activity", **(STATE | {"done": done})).types == ("activity.created", "activity.done")


def test_overdue_is_our_own_finding() -> None:
    assert ACTIVITY.signals == ("overdue",)
    found = read({"event": "activity.overdue", "current": STATE, "previous": None})
    assert found is not None
    assert found.types == ("activity.overdue",)


def test_people_read_names_instead_of_ids() -> None:
    change = created("activity", **STATE)
    assert [shown(change, field) for field in ("owner", "deal", "person", "organization")] == [
        "Mari Tamm",
        "Põhja renewal",
        "Liis Mets",
        "Põhja OÜ",
    ]
    assert (shown(change, "due_time"), shown(change, "busy_flag")) == ("09:30:00", None)


def test_v1_calls_the_owner_user() -> None:
    meta = {"action": "added", "object": "activity", "id": 77}
    change = read({"meta": meta, "current": {"id": 77, "subject": "x", "user_id": 12415231}})
    assert change is not None
    assert shown(change, "owner") == "Mari Tamm"


def test_a_deleted_activity_keeps_its_subject_and_has_no_page() -> None:
    change = deleted("activity", **STATE)
    assert (title(change), link(change)) == ("Call Liis", "")
