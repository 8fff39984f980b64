"""How Pipedrive names the record that a note or an activity is about."""

from __future__ import annotations

import pytest

from models.card_actions.records import about, verb_of


@pytest.mark.parametrize(
    ("entity", "key", "named"),
    [
        ("deal", "7", {"deal_id": 7}),
        ("lead", "a-b", {"lead_id": "a-b"}),
        ("person", "7", {"person_id": 7}),
        ("organization", "7", {"org_id": 7}),
    ],
)
def test_a_record_is_named_by_its_field(entity: str, key: str, named: dict[str, int | str]) -> None:
    assert about(entity, key) == named
    assert verb_of(f"{entity}.note") == "note"
