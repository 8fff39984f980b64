"""Quiet hours as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.attention.window_words import NewWindow, find_timezone, read_days, read_windows
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest

WORK, WEEKEND = DAYS[:5], DAYS[5:]
NIGHT = ("19:00", "08:00")

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("words", "windows"),
    [
        ("19:00-08:00", [(*NIGHT, DAYS)]),
        ("19-8", [(*NIGHT, DAYS)]),
        ("19:00 - 08:00 mon-fri", [(*NIGHT, WORK)]),
        ("19:00\u20138:00 Mon\u2013Fri", [(*NIGHT, WORK)]),
        ("mon-fri 19:00-08:00", [(*NIGHT, WORK)]),
        ("19:00-08:00 sat,sun", [(*NIGHT, WEEKEND)]),
        ("19:00-08:00 Weekdays", [(*NIGHT, WORK)]),
        ("00:00-24:00 sunday", [("00:00", "00:00", ("sun",))]),
        ("20:00-24:00", [("20:00", "00:00", DAYS)]),
        ("20:00-00:00", [("20:00", "00:00", DAYS)]),
        ("12:00-13:00 fri-mon", [("12:00", "13:00", ("mon", "fri", "sat", "sun"))]),
        ("19:00-08:00 12:00-13:00 mon-fri", [(*NIGHT, WORK), ("12:00", "13:00", WORK)]),
        ("19:00-08:00 mon-fri, 00:00-24:00 sat-sun", [(*NIGHT, WORK), ("00:00", "00:00", WEEKEND)]),
        ("mon-fri 19:00-08:00 sat-sun 00:00-24:00", [(*NIGHT, WORK), ("00:00", "00:00", WEEKEND)]),
    ],
)
def test_windows_are_read_with_their_days(
    words: str, windows: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    assert read_windows(words.split()).windows == tuple(NewWindow(*each) for each in windows)


def test_zone_and_place_may_stand_anywhere() -> None:
    for words in ("19:00-08:00 mon-fri europe/prague here", "here Europe/Prague mon-fri 19:00-08:00"):
        read = read_windows(words.split())
        assert (read.timezone, read.rest) == ("Europe/Prague", ("here",))
        assert read.windows == (NewWindow(*NIGHT, WORK),)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("", "From when until when"),
        ("mon-fri", "From when until when"),
        ("tonight", "From when until when"),
        ("19:00-19:00", "a whole day is 00:00-24:00"),
        ("24:00-08:00", "A day has no"),
        ("19:00-24:30", "A day has no"),
        (" ".join(["1-2"] * 11), "From when until when"),
    ],
)
def test_what_is_no_window_is_refused_with_an_example(words: str, hint: str) -> None:
    with pytest.raises(InvalidRequest, match=hint):
        read_windows(words.split())


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("mon", ("mon",)),
        ("tues", ("tue",)),
        ("WEDNESDAY", ("wed",)),
        ("daily", DAYS),
        ("m", ()),
        ("mo", ("mon",)),  # German
        ("monkey", ()),
    ],
)
def test_days_are_known_by_their_beginning(word: str, days: tuple[str, ...]) -> None:
    assert read_days(word) == days


@pytest.mark.parametrize(
    ("word", "zone"),
    [
        ("utc", "UTC"),
        ("america/new_york", "America/New_York"),
        ("Europe/Nowhere", ""),
        ("CET", ""),
        ("here", ""),
    ],
)
def test_a_zone_is_known_in_any_case(word: str, zone: str) -> None:
    assert find_timezone(word) == zone


CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(CLOCKS, CLOCKS, st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
def test_every_window_is_read_as_it_is_written(starts: str, ends: str, days: list[str]) -> None:
    if starts == ends:
        return
    (window,) = read_windows([f"{starts}-{ends}", ",".join(days)]).windows
    assert (window.starts, window.ends, set(window.days)) == (starts, ends, set(days))
    assert list(window.days) == [day for day in DAYS if day in days]
