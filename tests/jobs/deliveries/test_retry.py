"""The retry delays, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.deliveries.retry import LADDER, retry_after, wait_when_limited

SHARES = st.floats(0, 1)


def test_the_ladder_is_the_one_of_the_design() -> None:
    assert LADDER == (1, 5, 15, 60, 300, 1800, 7200, 18000, 36000, 36000)


@given(st.integers(1, len(LADDER)), SHARES)
def test_jitter_only_adds_and_at_most_a_fifth(failed: int, share: float) -> None:
    wait = retry_after(failed, share)

    assert wait is not None
    assert LADDER[failed - 1] <= wait.total_seconds() <= LADDER[failed - 1] * 1.2


@pytest.mark.parametrize("failed", [len(LADDER) + 1, 99])
def test_after_the_ladder_there_is_nothing(failed: int) -> None:
    assert retry_after(failed) is None


def test_jitter_differs() -> None:
    assert len({retry_after(10) for _ in range(20)}) > 1


@given(st.floats(0, 86_400), st.integers(0, 500))
def test_a_given_wait_is_kept(told: float, in_a_row: int) -> None:
    assert wait_when_limited(told, in_a_row).total_seconds() == pytest.approx(told, abs=1e-5)


@given(st.integers(0, 5000), SHARES)
def test_a_wait_that_is_not_given_doubles_up_to_64_seconds(in_a_row: int, share: float) -> None:
    least = [1, 2, 4, 8, 16, 32, 64][min(in_a_row, 6)]

    assert least <= wait_when_limited(None, in_a_row, share).total_seconds() <= least + 1
