"""Times of Pipedrive are UTC; people see them by the clock of their team."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from models.pipedrive.change import Change
from models.pipedrive.local_time import due_in_zone, in_zone
from tests.models.pipedrive.webhook import known, v2

PRAGUE = "Europe/Prague"


def activity(action: str = "create", previous: dict[str, Any] | None = None, **data: Any) -> Change:
    return known(v2(action, "activity", data={"id": 8} | data, previous=previous))


def clock(value: str) -> dict[str, Any]:
    return {"timezone_id": None, "value": value}


@pytest.mark.parametrize(
    ("day", "time", "zone", "due"),
    [
        ("2026-12-01", clock("23:30:00"), PRAGUE, ("2026-12-02", "00:30:00")),
        ("2026-12-01", clock("23:30"), PRAGUE, ("2026-12-02", "00:30:00")),
        ("2026-12-01", "23:30:00", PRAGUE, ("2026-12-02", "00:30:00")),
        ("2026-06-01", clock("22:30:00"), PRAGUE, ("2026-06-02", "00:30:00")),  # two hours in summer
        ("2026-12-01", clock("03:00:00"), "America/New_York", ("2026-11-30", "22:00:00")),
        ("2026-12-01", clock("23:30:00"), "UTC", ("2026-12-01", "23:30:00 UTC")),
    ],
)
def test_an_activity_is_due_by_the_clock_of_the_zone(
    day: str, time: Any, zone: str, due: tuple[str, str]
) -> None:
    state = due_in_zone(activity(due_date=day, due_time=time), zone).state

    assert (state["due_date"], state["due_time"]) == due


@pytest.mark.parametrize(
    "due",
    [
        {"due_date": "2026-12-01"},
        {"due_date": "2026-12-01", "due_time": None},
        {"due_date": "2026-12-01", "due_time": clock("")},
        {"due_date": "2026-12-01", "due_time": {"timezone_id": 5, "value": "23:30:00"}},
        {"due_date": "2026-02-30", "due_time": "23:30:00"},
        {"due_date": "0000-00-00", "due_time": "23:30:00"},
        {"due_date": None, "due_time": "23:30:00"},
        {"due_date": ["x"], "due_time": 5},
    ],
)
def test_what_has_no_time_in_utc_is_left_as_it_is(due: dict[str, Any]) -> None:
    change = activity(**due)

    assert due_in_zone(change, PRAGUE) == change


def test_a_moved_activity_was_due_by_the_same_clock() -> None:
    now = {"due_date": "2026-12-01", "due_time": clock("10:00:00")}
    moved = due_in_zone(activity("change", {"due_time": clock("23:30:00")}, **now), PRAGUE)

    assert (moved.before["due_date"], moved.before["due_time"]) == ("2026-12-02", "00:30:00")
    assert (moved.after["due_date"], moved.after["due_time"]) == ("2026-12-01", "11:00:00")
    assert moved.touched == {"due_time", "due_date"}


def test_what_was_not_touched_is_not_touched_by_the_clock() -> None:
    now = {"due_date": "2026-12-01", "due_time": clock("10:00:00")}
    later = due_in_zone(activity("change", {"due_time": clock("11:00:00")}, **now), PRAGUE)
    renamed = due_in_zone(activity("change", {"subject": "Old"}, **now), PRAGUE)

    assert (dict(later.before), set(later.touched)) == ({"due_time": "12:00:00"}, {"due_time"})
    assert (dict(renamed.before), set(renamed.touched)) == ({"subject": "Old"}, {"subject"})


def test_a_deleted_activity_was_due_by_the_same_clock() -> None:
    gone = due_in_zone(activity("delete", due_date="2026-12-01", due_time=clock("23:30:00")), PRAGUE)

    assert (gone.state["due_date"], gone.state["due_time"]) == ("2026-12-02", "00:30:00")


def test_moments_are_shown_by_the_clock_and_days_stay_days() -> None:
    times = {"won_time": "2026-11-20T23:30:00Z", "lost_time": "2026-11-20 23:30:00"}
    change = known(v2(data=times | {"expected_close_date": "2026-11-20", "close_time": "soon, they said"}))
    local = in_zone(change, PRAGUE)

    assert local.after["won_time"] == local.after["lost_time"] == "2026-11-21T00:30:00+01:00"
    assert (local.after["expected_close_date"], local.after["close_time"]) == (
        "2026-11-20",
        "soon, they said",
    )
    assert local.happened_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert local.happened_at is not None
    assert local.happened_at.hour == 13
    assert in_zone(change, "UTC") == change
    assert in_zone(replace(change, happened_at=None), PRAGUE).happened_at is None
