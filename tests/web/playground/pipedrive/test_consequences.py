"""Side effects of changes, and refused changes."""

from typing import Any

import pytest

from web.playground.pipedrive.consequences import CrmError, check_types
from web.playground.pipedrive.seed import seed
from web.playground.pipedrive.store import ApiUser, CrmStore


@pytest.fixture
def store() -> CrmStore:
    made = CrmStore()
    seed(made)
    return made


def test_another_pipeline_means_its_first_stage(store: CrmStore) -> None:
    deal = store.change("deal", 1, {"pipeline_id": 2}, ApiUser(1))
    assert deal["stage_id"] == store.stages(2)[0]["id"]
    assert deal["stage_change_time"] == deal["update_time"]


def test_reopening_takes_the_outcome_away(store: CrmStore) -> None:
    store.change("deal", 1, {"status": "lost", "lost_reason": "price"}, ApiUser(1))
    deal = store.change("deal", 1, {"status": "open"}, ApiUser(1))
    assert [deal[name] for name in ("lost_time", "lost_reason", "close_time")] == [None, None, None]


def test_an_archived_deal_says_since_when(store: CrmStore) -> None:
    deal = store.change("deal", 1, {"is_archived": True}, ApiUser(1))
    assert deal["archive_time"] == deal["update_time"]


@pytest.mark.parametrize(
    ("entity", "wrong"),
    [
        ("deal", {"title": "x", "person_id": 99}),
        ("deal", {"title": "x", "visible_to": "2"}),
        ("lead", {"title": ""}),
        ("activity", {"subject": "x", "deal_id": 99}),
        ("note", {"content": " "}),
        ("task", {"title": "x", "project_id": 99}),
    ],
)
def test_what_cannot_be_is_refused(store: CrmStore, entity: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(CrmError):
        store.create(entity, wrong, ApiUser(1))


def test_a_deal_outlives_its_person(store: CrmStore) -> None:
    store.delete("person", 1, ApiUser(1))
    assert store.change("deal", 1, {"value": 1}, ApiUser(1))["value"] == 1


@pytest.mark.parametrize(
    ("entity", "body"),
    [
        ("deal", {"stage_id": 3, "owner_id": 2, "value": 1.5, "status": "lost", "lost_reason": "Price"}),
        ("deal", {"person_id": None, "expected_close_date": "2026-12-02"}),
        ("activity", {"subject": "Call", "type": "call", "due_time": "10:00:00", "done": True}),
        ("lead", {"owner_id": 2}),
        ("note", {"content": "Hi", "deal_id": 7}),
        ("person", {"anything": object()}),
    ],
)
def test_what_the_documents_allow_is_taken(entity: str, body: dict[str, Any]) -> None:
    check_types(entity, body)


@pytest.mark.parametrize(
    ("entity", "body"),
    [
        ("deal", {"stage_id": "3"}),
        ("deal", {"owner_id": True}),
        ("deal", {"value": "12"}),
        ("deal", {"status": "won", "lost_reason": "Price"}),
        ("deal", {"lost_reason": "x" * 200}),
        ("activity", {"type": "party"}),
        ("activity", {"done": 1}),
        ("activity", {"due_date": "tomorrow"}),
        ("note", {"content": 5}),
    ],
)
def test_a_value_of_another_type_is_refused(entity: str, body: dict[str, Any]) -> None:
    with pytest.raises(CrmError):
        check_types(entity, body)
