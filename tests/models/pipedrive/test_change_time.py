"""When Pipedrive changed an object, as its webhook says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.pipedrive.change import Change, read

SECOND, WEBHOOK = "2026-11-20T12:00:00Z", "2026-11-20T12:00:00.700Z"


def change(timestamp: str | None, data: dict[str, Any] | None) -> Change:
    meta = {"action": "change", "entity": "deal", "entity_id": "7", "version": "2.0", "timestamp": timestamp}
    if data is None:
        meta["action"] = "delete"
    found = read({"meta": meta, "data": data and {"id": 7, **data}, "previous": {"id": 7}})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("timestamp", "data", "milliseconds"),
    [
        (WEBHOOK, {"update_time": SECOND}, 700),  # the same second, more exactly
        ("2026-11-20T12:02:30.100Z", {"update_time": SECOND}, 0),  # reported later
        ("2026-11-20T11:59:59.900Z", {"update_time": SECOND}, 0),
        (WEBHOOK, {"update_time": None, "add_time": SECOND}, 700),
        (WEBHOOK, {"title": "Without a time"}, 700),
        (WEBHOOK, None, 700),
        (None, {"update_time": SECOND}, 0),
    ],
)
def test_the_time_of_the_object_counts_as_exactly_as_its_webhook_knows_it(
    timestamp: str | None, data: dict[str, Any] | None, milliseconds: int
) -> None:
    expected = datetime(2026, 11, 20, 12, 0, 0, milliseconds * 1000, tzinfo=UTC)
    assert change(timestamp, data).changed_at == expected


def test_a_change_without_any_time_has_none() -> None:
    assert change(None, {"title": "Timeless"}).changed_at is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [({"update_time": SECOND}, 0), ({"add_time": SECOND}, 0), ({"title": "Timeless"}, 30), (None, 30)],
)
def test_by_the_time_of_lists_a_change_counts_as_its_object_says(
    data: dict[str, Any] | None, expected: int
) -> None:
    reported_later = "2026-11-20T12:00:30Z"
    assert change(reported_later, data).updated_at == datetime(2026, 11, 20, 12, 0, expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "stamp", ["2026-11-20T12:00:00Z", "2026-11-20T13:00:00+01:00", "2026-11-20 12:00:00", 1_795_176_000]
)
def test_each_dialect_gives_the_same_time(stamp: str | int) -> None:
    deal = {"id": 7, "title": "x"}
    bodies: list[dict[str, Any]] = [
        {"meta": {"action": "create", "entity": "deal", "entity_id": "7", "timestamp": stamp}, "data": deal},
        {"meta": {"action": "added", "object": "deal", "id": 7, "timestamp": stamp}, "current": deal},
        {"event": "deal.created", "timestamp": stamp, "current": deal},
    ]
    found = [each.happened_at for body in bodies if (each := read(body)) is not None]

    assert found == [datetime(2026, 11, 20, 12, tzinfo=UTC)] * 3
