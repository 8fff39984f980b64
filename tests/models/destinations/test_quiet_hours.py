"""Quiet hours: which scope decides, and until when, by local wall time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.destinations.quiet_hours import DAYS, Window, end_in_file, end_stored, held_until, is_timezone
from models.tables.destinations import QuietHours

WORKDAYS = DAYS[:5]
ZONES = ("Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC")


def window(starts: str = "19:00", ends: str = "08:00", **more: object) -> Window:
    facts: dict[str, object] = {
        "scope": "tenant",
        "space_id": None,
        "user_id": None,
        "days": WORKDAYS,
        "timezone": "Europe/Prague",
    }
    return Window(starts=starts, ends=ends, **(facts | more))  # type: ignore[arg-type]


def held(*windows: Window, at: datetime, urgent: bool = False, space: int | None = 1) -> datetime | None:
    return held_until(windows, space_id=space, user_id=None, urgent=urgent, at=at)


def prague(day: int, hour: int, minute: int = 0, *, month: int = 6, fold: int = 0) -> datetime:
    """A moment of 2026 by the clock of Prague; 1 June 2026 is a Monday."""
    local = datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Prague"), fold=fold)
    return local.astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (prague(1, 18, 59), None),
        (prague(1, 19), prague(2, 8)),
        (prague(2, 7, 59), prague(2, 8)),
        (prague(2, 8), None),
        (prague(5, 23), prague(6, 8)),  # Friday's night ends on Saturday
        (prague(6, 20), None),  # Saturday's does not begin
        (prague(1, 3), None),  # nor did Sunday's
    ],
)
def test_window_over_midnight_belongs_to_the_day_it_starts_on(at: datetime, until: datetime | None) -> None:
    assert held(window(), at=at) == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (prague(28, 23, month=3), prague(29, 8, month=3)),  # the short night
        (prague(24, 23, month=10), prague(25, 8, month=10)),  # the long night
    ],
)
def test_night_ends_at_the_wall_clock_through_daylight_saving(at: datetime, until: datetime) -> None:
    assert held(window(days=DAYS), at=at) == until


def test_end_that_the_clock_jumps_over_is_the_jump() -> None:
    night = window("22:00", "02:30", days=DAYS)
    assert held(night, at=prague(28, 23, month=3)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_hour_shown_twice_is_quiet_twice() -> None:
    night = window("22:00", "02:30", days=DAYS)
    assert held(night, at=prague(25, 2, 10, month=10)) == prague(25, 2, 30, month=10)
    assert held(night, at=prague(25, 2, 40, month=10)) is None
    assert held(night, at=prague(25, 2, 10, month=10, fold=1)) == prague(25, 2, 30, month=10, fold=1)


def test_narrowest_scope_decides_alone() -> None:
    always = window("00:00", "23:59", days=DAYS)
    space = window("12:00", "13:00", scope="space", space_id=1, days=DAYS)
    person = window("15:00", "16:00", scope="user", user_id=5, days=DAYS)
    rules = [always, space, person]
    at = prague(1, 12, 30)
    assert held_until(rules, space_id=1, user_id=None, urgent=False, at=at) == prague(1, 13)
    assert held_until(rules, space_id=2, user_id=None, urgent=False, at=at) == prague(1, 23, 59)
    assert held_until(rules, space_id=1, user_id=5, urgent=False, at=at) is None


def test_urgent_passes_only_where_it_may() -> None:
    at = prague(1, 20)
    assert held(window(lets_urgent_through=True), at=at, urgent=True) is None
    assert held(window(lets_urgent_through=False), at=at, urgent=True) == prague(2, 8)
    assert held(window(lets_urgent_through=True), at=at) == prague(2, 8)


def test_windows_that_follow_each_other_hold_through_all() -> None:
    evening, night = window("18:00", "22:00", days=DAYS), window("22:00", "06:00", days=DAYS)
    assert held(evening, night, at=prague(1, 19)) == prague(2, 6)


def test_without_windows_nothing_is_held() -> None:
    assert held(at=prague(1, 20)) is None


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def naive_holds(quiet: Window, at: datetime) -> bool:
    """Read the wall clock and nothing else."""
    wall = at.astimezone(ZoneInfo(quiet.timezone))
    shown, today, yesterday = f"{wall:%H:%M}", DAYS[wall.weekday()], DAYS[wall.weekday() - 1]
    if quiet.starts < quiet.ends:
        return today in quiet.days and quiet.starts <= shown < quiet.ends
    begun = today in quiet.days and shown >= quiet.starts
    return begun or (yesterday in quiet.days and shown < quiet.ends)


@settings(max_examples=150)
@given(
    st.builds(
        window,
        starts=TIMES,
        ends=TIMES,
        days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
        timezone=st.sampled_from(ZONES),
    ).filter(lambda quiet: quiet.starts != quiet.ends),
    MOMENTS,
)
@example(window("22:00", "02:30", days=DAYS), datetime(2026, 10, 25, 0, 10, tzinfo=UTC))
@example(window("02:30", "02:00", days=DAYS), datetime(2026, 10, 25, 0, 40, tzinfo=UTC))
def test_held_exactly_while_the_wall_shows_a_quiet_time(quiet: Window, at: datetime) -> None:
    until = held(quiet, at=at)
    assert quiet.contains(at) == naive_holds(quiet, at) == (until is not None)
    if until is not None:
        assert until > at
        assert not naive_holds(quiet, until)
        steps = range(int((until - at) / timedelta(minutes=10)) + 1)
        between = [each for step in steps if (each := at + timedelta(minutes=10) * step) < until]
        assert all(naive_holds(quiet, each) for each in between)


def test_stored_window_becomes_plain_data() -> None:
    row = QuietHours(
        tenant_id=1,
        scope="space",
        space_id=3,
        user_id=None,
        starts="19:00",
        ends="08:00",
        days=["mon"],
        timezone="UTC",
        lets_urgent_through=True,
    )
    assert Window.of(row) == Window("space", 3, None, "19:00", "08:00", ("mon",), "UTC", True)


@pytest.mark.parametrize(
    ("name", "known"), [("Europe/Prague", True), ("UTC", True), ("../etc/passwd", False), ("", False)]
)
def test_timezone_is_one_of_the_database(name: str, known: bool) -> None:
    assert is_timezone(name) is known


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (prague(5, 23, 59), None),
        (prague(6, 0), prague(8, 0)),  # all of Saturday and Sunday
        (prague(6, 23, 59), prague(8, 0)),
        (prague(7, 12), prague(8, 0)),
        (prague(8, 0), None),
    ],
)
def test_whole_days_are_held_to_their_last_minute(at: datetime, until: datetime | None) -> None:
    assert held(window("00:00", end_stored("24:00"), days=("sat", "sun")), at=at) == until


@pytest.mark.parametrize("month", [3, 10])
def test_a_whole_day_of_23_or_25_hours_is_held_whole(month: int) -> None:
    sunday = 29 if month == 3 else 25
    whole = window("00:00", end_stored("24:00"), days=("sun",))
    ends = prague(sunday + 1, 0, month=month)
    for minutes in range(0, 60 * 26, 30):
        at = prague(sunday, 0, month=month) + timedelta(minutes=minutes)
        assert held(whole, at=at) == (ends if at < ends else None)


def test_the_end_of_a_day_is_written_as_people_write_it() -> None:
    assert end_in_file("00:00", end_stored("24:00")) == "24:00"
    assert end_in_file("19:00", end_stored("24:00")) == "00:00"
    assert end_in_file("19:00", end_stored("08:00")) == "08:00"
