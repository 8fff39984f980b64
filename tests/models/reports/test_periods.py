"""A range is covered by few periods, exactly once, whatever its ends and whichever hours are stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.reports.periods import (
    MOST_STALE,
    ONE_HOUR,
    begin_of_hour,
    cover,
    full_hour,
    next_full_hour,
    period_of,
)

NEW_YEAR = datetime(2028, 1, 1, tzinfo=UTC)
HOURS = some.integers(0, 24 * 400).map(lambda count: NEW_YEAR + count * ONE_HOUR)


@given(begin=HOURS, hours=some.integers(0, 24 * 92), stale=some.sets(some.integers(0, 24 * 92), max_size=20))
def test_every_hour_is_covered_once(begin: datetime, hours: int, stale: set[int]) -> None:
    end = begin + hours * ONE_HOUR
    old = {period_of(begin + each * ONE_HOUR) for each in stale}
    found = cover(begin, end, old)

    for each in range(hours):
        at = begin + each * ONE_HOUR
        hour = period_of(at)
        read = [period for period in found.periods if hour.startswith(period)]
        read += [str(since) for since, until in found.from_rows if since <= at < until]
        assert len(read) == 1
        assert hour not in old or read[0] not in found.periods
    outside = (begin - ONE_HOUR, end)
    assert not any(period_of(at).startswith(tuple(found.periods)) for at in outside if found.periods)
    assert len(found.from_rows) <= MOST_STALE


def test_ninety_days_are_few_periods() -> None:
    end = datetime(2026, 11, 28, 8, tzinfo=UTC)
    found = cover(end - timedelta(days=90), end, [])

    assert found.from_rows == []
    assert len(found.periods) < 60
    assert "2026-09-0" in found.periods
    assert "2026-11-28T07" in found.periods


@pytest.mark.parametrize(("minute", "first"), [(0, 9), (1, 10)])
def test_full_hours(minute: int, first: int) -> None:
    at = datetime(2026, 11, 28, 9, minute, tzinfo=UTC)
    assert full_hour(at).hour == 9
    assert next_full_hour(at).hour == first
    assert begin_of_hour(period_of(at)) == full_hour(at)
