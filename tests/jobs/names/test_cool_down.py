"""What is on hold, and for how long."""

import pytest

from jobs.names import cool_down
from jobs.names.cool_down import CoolDown
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_held_key_is_free_when_its_time_is_over(clock: Clock) -> None:
    held = CoolDown(clock)
    held.hold("a", 30)
    clock.at = 29.9
    assert held.is_held("a")
    assert not held.is_held("b")
    clock.at = 30.0
    assert not held.is_held("a")


def test_a_growing_hold_doubles_up_to_an_hour(clock: Clock) -> None:
    held, lengths = CoolDown(clock), []
    for _ in range(8):
        held.hold("a", 60, grows=True)
        start = clock.at
        while held.is_held("a"):
            clock.at += 60
        lengths.append(clock.at - start)
    assert lengths == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_hold_that_does_not_grow_starts_small_again(clock: Clock) -> None:
    held = CoolDown(clock)
    held.hold("a", 60, grows=True)
    held.hold("a", 60)
    held.hold("a", 60, grows=True)
    clock.at = 119.0
    assert held.is_held("a")
    clock.at = 120.0
    assert not held.is_held("a")


def test_too_many_keys_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cool_down, "MOST_KEYS", 3)
    held = CoolDown(clock)
    for key in "abcd":
        held.hold(key, 60)
    assert [key for key in "abcd" if held.is_held(key)] == ["d"]


def test_a_freed_key_starts_small_again(clock: Clock) -> None:
    held = CoolDown(clock)
    held.hold("a", 60, grows=True)
    held.free("a")
    held.free("never held")
    assert not held.is_held("a")
    held.hold("a", 60, grows=True)
    clock.at = 60.0
    assert not held.is_held("a")
