"""Which keys cool down, and for how long."""

import pytest

from jobs.names import cool_down
from jobs.names.cool_down import CoolDown
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_held_key_is_free_when_its_time_is_over(clock: Clock) -> None:
    cooling = CoolDown(clock)
    cooling.start("a", 30)
    clock.at = 29.9
    assert cooling.is_active("a")
    assert not cooling.is_active("b")
    clock.at = 30.0
    assert not cooling.is_active("a")


def test_a_growing_hold_doubles_up_to_an_hour(clock: Clock) -> None:
    cooling, lengths = CoolDown(clock), []
    for _ in range(8):
        cooling.start("a", 60, grows=True)
        start = clock.at
        while cooling.is_active("a"):
            clock.at += 60
        lengths.append(clock.at - start)
    assert lengths == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_hold_that_does_not_grow_starts_small_again(clock: Clock) -> None:
    cooling = CoolDown(clock)
    cooling.start("a", 60, grows=True)
    cooling.start("a", 60)
    cooling.start("a", 60, grows=True)
    clock.at = 119.0
    assert cooling.is_active("a")
    clock.at = 120.0
    assert not cooling.is_active("a")


def test_too_many_keys_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cool_down, "MOST_KEYS", 3)
    cooling = CoolDown(clock)
    for key in "abcd":
        cooling.start(key, 60)
    assert [key for key in "abcd" if cooling.is_active(key)] == ["d"]


def test_a_freed_key_starts_small_again(clock: Clock) -> None:
    cooling = CoolDown(clock)
    cooling.start("a", 60, grows=True)
    cooling.reset("a")
    cooling.reset("never held")
    assert not cooling.is_active("a")
    cooling.start("a", 60, grows=True)
    clock.at = 60.0
    assert not cooling.is_active("a")
