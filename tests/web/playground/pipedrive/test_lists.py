"""Lists are filtered, ordered and paged as Pipedrive does."""

import json
from typing import Any

import pytest

from web.playground.pipedrive.consequences import CrmError
from web.playground.pipedrive.lists import page, picked, summary_of, v1_page

ROWS: list[dict[str, Any]] = [
    {"id": 1, "add_time": "2026-01-01T10:00:00Z", "update_time": None, "owner_id": 1, "done": False},
    {"id": 2, "add_time": "2026-01-01T10:00:00Z", "update_time": "2026-01-03T10:00:00Z", "owner_id": 2},
    {"id": 3, "add_time": "2026-01-02T10:00:00Z", "update_time": "2026-01-02T10:00:00Z", "owner_id": 1},
]


def read(query: dict[str, str], rows: list[dict[str, Any]] = ROWS) -> tuple[list[int], str | None]:
    said = json.loads(page(rows, query, dict, "deal").body)
    return [one["id"] for one in said["data"]], said["additional_data"]["next_cursor"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"ids": "3,1,9"}, [1, 3]),
        ({"owner_id": "1"}, [1, 3]),
        ({"done": "false"}, [1, 2, 3]),
        ({"done": "1"}, [2, 3]),
        ({"updated_since": "2026-01-02T10:00:00Z"}, [2, 3]),
        ({"updated_since": "2026-01-02T12:00:00+02:00"}, [2, 3]),
        ({"updated_until": "2026-01-02T10:00:00Z"}, [1]),
        ({"updated_since": "2026-01-02T10:00:00Z", "updated_until": "2026-01-03T10:00:00Z"}, [3]),
    ],
)
def test_filters_pick(query: dict[str, str], expected: list[int]) -> None:
    assert [one["id"] for one in picked(ROWS, query)] == expected


@pytest.mark.parametrize(
    "query",
    [{"updated_since": "yesterday"}, {"ids": "a"}, {"ids": ",".join(["1"] * 101)}, {"done": "maybe"}],
)
def test_a_filter_without_meaning_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(CrmError):
        picked(ROWS, query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort_by": "update_time"}, [1, 3, 2]),
        ({"sort_by": "update_time", "sort_direction": "desc"}, [2, 3, 1]),
        ({"sort_by": "add_time", "sort_direction": "desc"}, [3, 2, 1]),
    ],
)
def test_lists_are_ordered(query: dict[str, str], expected: list[int]) -> None:
    assert read(query)[0] == expected
    first, cursor = read(query | {"limit": "2"})
    assert cursor is not None
    assert first + read(query | {"limit": "2", "cursor": cursor})[0] == expected


def test_what_changes_meanwhile_is_not_skipped() -> None:
    query = {"sort_by": "update_time", "limit": "2"}
    first, cursor = read(query)
    later = [ROWS[0] | {"update_time": "2026-01-09T10:00:00Z"}, *ROWS[1:]]
    assert first == [1, 3]
    assert read(query | {"cursor": str(cursor)}, later)[0] == [2, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"sort_by": "title"},
        {"sort_direction": "up"},
        {"limit": "0"},
        {"limit": "501"},
        {"cursor": "garbage"},
        {"cursor": "e30"},
    ],
)
def test_a_page_that_cannot_be_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(query)


def test_a_cursor_is_good_for_its_own_order_only() -> None:
    _, cursor = read({"limit": "1"})
    with pytest.raises(CrmError, match="cursor"):
        read({"limit": "1", "cursor": str(cursor), "sort_by": "add_time"})


@pytest.mark.parametrize(("entity", "wrapped"), [("note", True), ("lead", False)])
def test_v1_says_where_the_next_page_begins(entity: str, wrapped: bool) -> None:
    said = json.loads(v1_page(ROWS, {"start": "1", "limit": "1"}, dict, entity).body)
    beside = said["additional_data"]
    paging = beside["pagination"] if wrapped else beside
    assert [one["id"] for one in said["data"]] == [2]
    assert (paging["start"], paging["more_items_in_collection"]) == (1, True)


def test_v1_sorts_when_asked() -> None:
    said = json.loads(v1_page(ROWS, {"sort": "update_time DESC"}, dict, "note").body)
    assert [one["id"] for one in said["data"]] == [2, 3, 1]
    with pytest.raises(CrmError):
        v1_page(ROWS, {"sort": "colour"}, dict, "note")


def test_the_summary_counts_each_currency_apart_and_no_archived_deal() -> None:
    usual = {"status": "open", "pipeline_id": 1, "stage_id": 1, "owner_id": 1}
    deals = [
        {**usual, "currency": "EUR", "value": 10},
        {**usual, "currency": "EUR", "value": 5, "owner_id": 2},
        {**usual, "currency": "USD", "value": 7, "status": "won"},
        {**usual, "currency": "USD", "value": 9, "is_archived": True},
    ]
    whole = summary_of(deals, {})

    assert {name: (each["count"], each["value"]) for name, each in whole["values_total"].items()} == {
        "EUR": (2, 15.0),
        "USD": (1, 7.0),
    }
    assert (whole["total_count"], whole["total_currency_converted_value"]) == (3, 22.0)
    assert summary_of(deals, {"status": "open", "user_id": "2"})["total_count"] == 1


@pytest.mark.parametrize("query", [{"status": "lately"}, {"pipeline_id": "one"}, {"owner_id": "1"}])
def test_a_summary_with_a_filter_that_there_is_not_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(CrmError):
        summary_of([], query)
