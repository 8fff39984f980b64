"""A process that serves does not look through what it was built of again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from models.garbage import THRESHOLDS, collect_rarely


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_was_there_at_the_start_is_not_looked_through_again() -> None:
    built = [{"number": number} for number in range(1000)]

    collect_rarely()

    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > len(built)


def test_circles_made_later_are_still_collected() -> None:
    collect_rarely()
    circle: list[object] = []
    circle.append(circle)
    del circle

    assert gc.collect() >= 1
