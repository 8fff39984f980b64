"""Checks on the time of a deal, case by case: how many days late, None for nothing found."""

from __future__ import annotations

from typing import Any

import pytest

from models.nudges.checks.timing import close_date_past, stale_forecast, stuck_in_stage
from tests.models.nudges.facts_of import facts


@pytest.mark.parametrize(
    ("day", "days"),
    [
        ("2026-11-29", 1),
        ("2026-11-29 00:00:00", 1),
        ("2026-10-30", 31),
        ("2026-11-30", None),  # today is not past
        ("2026-12-01", None),
        (None, None),
        ("soon", None),
    ],
)
def test_a_close_date_is_past_from_the_day_after(day: str | None, days: int | None) -> None:
    found = close_date_past(facts({"expected_close_date": day}))
    assert (found and found.days) == days


@pytest.mark.parametrize(
    ("state", "more", "days"),
    [
        ({"stage_change_time": "2026-10-31T09:00:00Z"}, {}, 30),
        ({"stage_change_time": "2026-10-31T09:00:01Z"}, {}, None),
        ({"stage_change_time": "2026-11-25T09:00:00Z"}, {"rotten_days": 5}, 5),  # its stage says so
        ({"stage_change_time": "2026-11-25T09:00:01Z"}, {"rotten_days": 5}, None),
        ({"stage_change_time": "2026-10-01T09:00:00Z"}, {"rotten_days": 90}, None),
        ({"add_time": "2026-09-01T09:00:00Z"}, {}, 90),  # it never left its first stage
        ({"add_time": None}, {}, None),
    ],
)
def test_a_deal_is_stuck_after_the_time_of_its_stage(
    state: dict[str, Any], more: dict[str, Any], days: int | None
) -> None:
    found = stuck_in_stage(facts(state, **more))
    assert (found and found.days) == days


@pytest.mark.parametrize(
    ("day", "idle", "days"),
    [
        ("2026-12-10", 10, 10),
        ("2026-12-10", 9, None),
        ("2026-11-30", 10, 10),
        ("2026-12-14", 25, 25),
        ("2026-12-15", 25, None),  # not soon
        ("2026-11-29", 25, None),  # of the past: another check asks
        (None, 25, None),
    ],
)
def test_a_forecast_is_stale_when_it_closes_soon_and_nobody_changes_it(
    day: str | None, idle: int, days: int | None
) -> None:
    found = stale_forecast(facts({"expected_close_date": day}, days_idle=idle))
    assert (found and found.days) == days
