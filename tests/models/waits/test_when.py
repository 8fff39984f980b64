"""Moments to come, as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from models.errors import InvalidRequest
from models.waits.when import day_and_clock, read_day, read_moment

FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # 10:30 in Prague
PRAGUE = "Europe/Prague"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("tomorrow 09:00", "2026-11-28T09:00"),
        ("tomorrow", "2026-11-28T09:00"),
        ("me tomorrow at 14:15", "2026-11-28T14:15"),
        ("today 16:00", "2026-11-27T16:00"),
        ("15:00", "2026-11-27T15:00"),
        ("at 8:00", "2026-11-28T08:00"),
        ("mon 9:00", "2026-11-30T09:00"),
        ("friday", "2026-12-04T09:00"),
        ("on 2026-12-24", "2026-12-24T09:00"),
        ("2026-12-24 17:30", "2026-12-24T17:30"),
        ("in 2h", "2026-11-27T12:30"),
        ("30m", "2026-11-27T11:00"),
        ("in 3 days", "2026-11-30T10:30"),
        ("morgen 09:00", "2026-11-28T09:00"),
    ],
)
def test_a_moment_is_read_by_the_clock_of_the_person(words: str, expected: str) -> None:
    found = read_moment([*words.split(), "call", "Jana"], FRIDAY, PRAGUE)

    assert found.at.astimezone().astimezone(UTC) == found.at
    assert found.at == datetime.fromisoformat(f"{expected}:00+01:00")
    assert found.rest == ("call", "Jana")


@pytest.mark.parametrize("words", ["", "soon", "call Jana", "25:00", "2026-13-01", "at"])
def test_words_without_a_moment_are_refused_with_examples(words: str) -> None:
    with pytest.raises(InvalidRequest, match=r"tomorrow 09:00"):
        read_moment(words.split(), FRIDAY, PRAGUE)


def test_a_time_that_the_clock_jumps_over_comes_as_much_later() -> None:
    spring = datetime(2027, 3, 27, 12, tzinfo=UTC)

    assert read_moment(["tomorrow", "02:30"], spring, PRAGUE).at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_a_time_without_a_day_is_the_next_such_time() -> None:
    assert day_and_clock(None, time(9), FRIDAY, PRAGUE) == datetime(2026, 11, 28, 8, tzinfo=UTC)
    assert day_and_clock(None, time(11), FRIDAY, PRAGUE) == datetime(2026, 11, 27, 10, tzinfo=UTC)


def test_a_day_is_read_or_refused() -> None:
    assert read_day("tomorrow", date(2026, 11, 27)) == date(2026, 11, 28)
    with pytest.raises(InvalidRequest, match="Which day"):
        read_day("someday", date(2026, 11, 27))
