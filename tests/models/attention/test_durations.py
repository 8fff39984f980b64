"""Durations as people write them, in local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.attention.durations import LONGEST, InvalidDuration, read_duration

PRAGUE = "Europe/Prague"
FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # 10:30 in Prague

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("30m", "2026-11-27T10:00"),
        ("1h", "2026-11-27T10:30"),
        ("4H", "2026-11-27T13:30"),
        ("1 hour", "2026-11-27T10:30"),
        ("for 90 minutes", "2026-11-27T11:00"),
        ("2d", "2026-11-29T09:30"),
        ("until 15:00", "2026-11-27T14:00"),
        ("until 9", "2026-11-28T08:00"),
        ("until tomorrow", "2026-11-30T07:00"),
        ("today", "2026-11-27T23:00"),
        ("tomorrow", "2026-11-30T07:00"),
    ],
)
def test_durations_are_read_in_local_time(words: str, until: str) -> None:
    read = read_duration(words.split(), FRIDAY, PRAGUE)
    assert read.until == datetime.fromisoformat(f"{until}+00:00")
    assert read.rest == ()


def test_words_after_the_duration_are_kept() -> None:
    assert read_duration(("1", "hour", "rule", "Big wins"), FRIDAY, PRAGUE).rest == ("rule", "Big wins")
    assert read_duration(("tomorrow", "here"), FRIDAY, PRAGUE).rest == ("here",)


@pytest.mark.parametrize(
    "words", ["", "here", "soon", "0m", "5 apples", "until", "until 25:00", "until noon", "5"]
)
def test_what_is_no_duration_is_refused_with_examples(words: str) -> None:
    with pytest.raises(InvalidDuration, match="Say"):
        read_duration(words.split(), FRIDAY, PRAGUE)


def test_more_than_a_month_is_refused() -> None:
    with pytest.raises(InvalidDuration, match="A month"):
        read_duration(("9999d",), FRIDAY, PRAGUE)


def test_tomorrow_before_a_clock_change_ends_at_eight_on_the_wall() -> None:
    sunday_before = datetime(2026, 10, 24, 10, tzinfo=UTC)  # a Saturday; the clocks go back on Sunday
    assert read_duration(("tomorrow",), sunday_before, PRAGUE).until == datetime(2026, 10, 26, 7, tzinfo=UTC)


@given(
    minutes=st.integers(0, 20 * 365 * 24 * 60),
    words=st.sampled_from(["30m", "1h", "until 2:30", "until 0:00", "today", "tomorrow"]),
    zone=st.sampled_from([PRAGUE, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_every_duration_ends_later_and_within_four_days(minutes: int, words: str, zone: str) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = read_duration(words.split(), start, zone).until
    assert start < until <= start + timedelta(days=4) < start + LONGEST
