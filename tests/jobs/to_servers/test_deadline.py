"""What waits knows how long it may: in sum, and for a step."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.to_servers.deadline import ends_within, time_left


def test_all_steps_share_the_time() -> None:
    with ends_within(0.2):
        assert 0 < time_left() <= 0.2
        time.sleep(0.2)
        with pytest.raises(TimeoutError):
            time_left()


def test_a_step_has_a_limit_of_its_own() -> None:
    with ends_within(60, each_s=5):
        assert time_left() == 5


def test_the_earlier_end_holds() -> None:
    with ends_within(1):
        with ends_within(60):
            assert time_left() <= 1
        with ends_within(0.5, each_s=0.1):
            assert time_left() == 0.1
        assert 0.5 < time_left() <= 1


def test_the_time_of_a_thread_is_its_own() -> None:
    def ask() -> float:
        with ends_within(60):
            return time_left()

    with ends_within(1), ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result() > 50


def test_without_an_end_there_is_nothing_to_ask() -> None:
    with pytest.raises(LookupError):
        time_left()
