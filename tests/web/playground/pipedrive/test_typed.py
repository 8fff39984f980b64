"""Pipedrive refuses writes whose values have the wrong type."""

from __future__ import annotations

from typing import Any

import pytest

from web.playground.pipedrive.consequences import CrmError
from web.playground.pipedrive.typed import check_types


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
