"""When digests are due, through daylight saving too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.attention.schedule import Schedule, next_due, read_schedule
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest
from models.tables.attention import Every

ZONES = ("Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # 10:30 in Prague

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("words", "schedule", "rest"),
    [
        ("hourly", Schedule(Every.HOURLY), ()),
        ("Daily", Schedule(Every.DAILY, "09:00"), ()),
        ("daily 17:30 me", Schedule(Every.DAILY, "17:30"), ("me",)),
        ("daily at 8 here", Schedule(Every.DAILY, "08:00"), ("here",)),
        ("weekly", Schedule(Every.WEEKLY, "09:00", "mon"), ()),
        ("weekly fri 16:00", Schedule(Every.WEEKLY, "16:00", "fri"), ()),
        ("weekly 16:00 on Friday me", Schedule(Every.WEEKLY, "16:00", "fri"), ("me",)),
        ("off here", None, ("here",)),
        ("hourly 09:00", Schedule(Every.HOURLY), ("09:00",)),
        ("daily mon", Schedule(Every.DAILY), ("mon",)),
    ],
)
def test_a_schedule_is_read_from_words(words: str, schedule: Schedule | None, rest: tuple[str, ...]) -> None:
    assert read_schedule(words.split()) == (schedule, rest)


@pytest.mark.parametrize("words", ["", "monthly", "now and then", "9:00"])
def test_other_words_are_refused_with_examples(words: str) -> None:
    with pytest.raises(InvalidRequest, match="digest daily 09:00"):
        read_schedule(words.split())


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (Schedule(Every.HOURLY), datetime(2026, 11, 27, 10, tzinfo=UTC)),
        (Schedule(Every.DAILY, "10:00"), datetime(2026, 11, 28, 9, tzinfo=UTC)),
        (Schedule(Every.DAILY, "11:00"), datetime(2026, 11, 27, 10, tzinfo=UTC)),
        (Schedule(Every.WEEKLY, "09:00", "mon"), datetime(2026, 11, 30, 8, tzinfo=UTC)),
        (Schedule(Every.WEEKLY, "11:00", "fri"), datetime(2026, 11, 27, 10, tzinfo=UTC)),
        (Schedule(Every.WEEKLY, "10:30", "fri"), datetime(2026, 12, 4, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_digest_is_due_by_the_clock_on_the_wall(schedule: Schedule, due: datetime) -> None:
    assert next_due(schedule, FRIDAY, "Europe/Prague") == due


MOMENTS = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
SCHEDULES = st.builds(Schedule, st.sampled_from(Every), CLOCKS, st.sampled_from(DAYS))
LONGEST = {
    Every.HOURLY: timedelta(hours=1),
    Every.DAILY: timedelta(hours=25),
    Every.WEEKLY: timedelta(days=7, hours=1),
}


@given(SCHEDULES, MOMENTS, st.sampled_from(ZONES))
def test_it_comes_after_now_at_its_time_and_once_in_each_span(
    schedule: Schedule, at: datetime, zone: str
) -> None:
    due = next_due(schedule, at, zone)
    assert at < due <= at + LONGEST[schedule.every] + timedelta(hours=1)
    local = due.astimezone(ZoneInfo(zone))
    if schedule.every is Every.HOURLY:
        assert local.minute in (0, 30), "half-hour zones change by half an hour"
        return
    jumped = timedelta(hours=1)
    wanted = datetime.combine(local.date(), datetime.strptime(schedule.clock, "%H:%M").time())  # noqa: DTZ007
    shown = local.replace(tzinfo=None)
    assert shown == wanted or timedelta() < shown - wanted <= jumped
    if schedule.every is Every.WEEKLY and shown == wanted:
        assert DAYS[local.weekday()] == schedule.day
