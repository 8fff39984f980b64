"""Days and times of day are read in both languages, and what cannot be read stays words."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card_actions.dates import find_moment

SATURDAY = date(2026, 11, 28)
WEEKDAYS = {
    0: ("Monday", "Montag"),
    1: ("Tuesday", "Dienstag"),
    2: ("Wednesday", "Mittwoch"),
    3: ("Thursday", "Donnerstag"),
    4: ("Friday", "Freitag"),
    5: ("Saturday", "Samstag"),
    6: ("Sunday", "Sonntag"),
}


@pytest.mark.parametrize(
    ("words", "day", "clock", "rest"),
    [
        ("call Jana on Friday 10:00", date(2026, 12, 4), time(10), "call Jana"),
        ("Freitag 10 Uhr Jana anrufen", date(2026, 12, 4), time(10), "Jana anrufen"),
        ("meeting tomorrow at 2pm", date(2026, 11, 29), time(14), "meeting"),
        ("meeting tomorrow at 12 am", date(2026, 11, 29), time(0), "meeting"),
        ("Termin übermorgen um 9.30 Uhr", date(2026, 11, 30), time(9, 30), "Termin"),
        ("Termin morgen um 10", date(2026, 11, 29), time(10), "Termin"),
        ("4.12. 14:00 Termin", date(2026, 12, 4), time(14), "Termin"),
        ("Mail am 5.1.27", date(2027, 1, 5), None, "Mail"),
        ("Frist 3. Januar", date(2027, 1, 3), None, "Frist"),
        ("deadline on the 3rd of January", date(2027, 1, 3), None, "deadline"),
        ("call Dec 4 at 10", date(2026, 12, 4), time(10), "call"),
        ("call 2026-12-04 08:15", date(2026, 12, 4), time(8, 15), "call"),
        ("call in two weeks", date(2026, 12, 12), None, "call"),
        ("in 3 Tagen nachfassen", date(2026, 12, 1), None, "nachfassen"),
        ("next Friday call", date(2026, 12, 4), None, "call"),
        ("Saturday call", date(2026, 12, 5), None, "call"),
        ("call the day after  tomorrow", date(2026, 11, 30), None, "call"),
        ("Termin 10 am Montag", date(2026, 11, 30), None, "Termin 10"),
        ("31.2. call", None, None, "31.2. call"),
        ("call about 10%", None, None, "call about 10%"),
        ("we are at 10 percent", None, time(10), "we are percent"),
        ("at 25:00 call", None, None, "at 25:00 call"),
        ("call at 13pm", None, None, "call at 13pm"),
        ("version 4.12.3", None, None, "version 4.12.3"),
        ("", None, None, ""),
    ],
)
def test_the_day_and_the_time_are_cut_out(
    words: str, day: date | None, clock: time | None, rest: str
) -> None:
    read = find_moment(words, SATURDAY)

    assert (read.day, read.clock, read.rest) == (day, clock, rest)


@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)), st.times(), st.dates(date(2026, 1, 1)))
def test_what_is_written_is_read_back(day: date, at: time, today: date) -> None:
    """Whatever the day and the time are, each way to write them is read as the same."""
    clock = at.replace(second=0, microsecond=0)
    half = "am" if clock.hour < 12 else "pm"
    days = (f"{day:%Y-%m-%d}", f"am {day.day}.{day.month}.{day.year}", f"on {day.day} {day:%B} {day.year}")
    clocks = (f"{clock:%H:%M}", f"um {clock:%H.%M} Uhr", f"at {clock.hour % 12 or 12}:{clock:%M} {half}")
    for written in days:
        for spoken in clocks:
            read = find_moment(f"call {written} {spoken}", today)

            assert (read.day, read.clock, read.rest) == (day, clock, "call")


@given(st.dates(date(2026, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_a_weekday_is_the_next_one_and_next_is_in_the_week_after(today: date, number: int) -> None:
    for word in WEEKDAYS[number]:
        coming = find_moment(f"on {word}", today).day
        following = find_moment(f"next {word}", today).day

        assert coming is not None
        assert following is not None
        assert today < coming <= today + timedelta(days=7)
        assert coming.weekday() == following.weekday() == number
        assert (following - timedelta(days=following.weekday())) - (
            today - timedelta(days=today.weekday())
        ) == timedelta(days=7)


@given(st.text(max_size=600))
def test_no_text_breaks_it(words: str) -> None:
    find_moment(words, SATURDAY)
