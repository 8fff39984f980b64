"""Days are those of the local clock, also when it changes; an activity is overdue after its time or day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.stalled.thresholds import days_after, idle_days, overdue_at, thresholds_in_stage

PRAGUE = ZoneInfo("Europe/Prague")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/Prague", "America/New_York", "Asia/Kolkata")]
)


def test_the_day_that_the_clock_changes_has_more_or_fewer_hours() -> None:
    autumn, spring = datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert days_after(autumn, 1, PRAGUE) - autumn == timedelta(hours=25)
    assert days_after(spring, 1, PRAGUE) - spring == timedelta(hours=23)


@given(changed_at=MOMENTS, zone=ZONES, hours=st.integers(0, 2000))
def test_so_many_days_have_passed_exactly_when_their_moment_has_come(
    changed_at: datetime, zone: ZoneInfo, hours: int
) -> None:
    at = changed_at + timedelta(hours=hours)
    days = idle_days(changed_at, at, zone)
    assert days_after(changed_at, days, zone) <= at
    assert days_after(changed_at, days + 1, zone) > at - timedelta(hours=1)  # the hour that occurs twice


def test_the_rotting_time_of_a_stage_stands_alone() -> None:
    assert thresholds_in_stage((14, 3), None) == (3, 14)
    assert thresholds_in_stage((3, 7, 14), 30) == (30,)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"due_date": "2026-11-21", "due_time": "10:00"}, datetime(2026, 11, 21, 10, tzinfo=UTC)),
        (
            {"due_date": "2026-11-21", "due_time": {"value": "10:00:00"}},
            datetime(2026, 11, 21, 10, tzinfo=UTC),
        ),
        ({"due_date": "2026-11-21", "due_time": None}, datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ({"due_date": "2026-11-21"}, datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ({"due_date": "2026-10-25"}, datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ({"due_date": "someday"}, None),
        ({"due_date": "9999-12-31"}, None),
        ({}, None),
    ],
)
def test_an_activity_is_overdue_after_its_time_or_its_local_day(
    state: dict[str, Any], expected: datetime | None
) -> None:
    assert overdue_at(state, PRAGUE) == expected
