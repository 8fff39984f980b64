"""Imported leads are known by their origin, and their events are those of a bulk edit."""

from __future__ import annotations

import pytest

from models.pipedrive.change import read
from models.pipedrive.imported import is_imported, is_unrouted, origin_of


def test_an_origin_says_whether_the_lead_is_routed() -> None:
    routed, unrouted = ({"origin_id": origin_of(3, 4, routes=each)} for each in (True, False))
    assert [is_imported(each) for each in (routed, unrouted)] == [True, True]
    assert [is_unrouted(each) for each in (routed, unrouted)] == [False, True]
    assert not is_imported({"origin_id": None})
    assert not is_unrouted({"origin_id": "x-unrouted"})


@pytest.mark.parametrize(
    ("action", "origin", "is_bulk"),
    [
        ("create", origin_of(3, 4, routes=True), True),
        ("change", origin_of(3, 4, routes=True), False),
        ("create", None, False),
    ],
)
def test_a_new_imported_lead_is_a_bulk_edit(action: str, origin: str | None, is_bulk: bool) -> None:
    lead = {"id": "l", "title": "Ten seats", "origin_id": origin}
    meta = {"action": action, "entity": "lead", "entity_id": "l", "company_id": "1", "version": "2.0"}
    change = read({"meta": meta, "data": lead, "previous": {"title": "Nine"} if action == "change" else None})
    assert change is not None
    assert change.is_bulk is is_bulk
