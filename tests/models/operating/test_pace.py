"""A command keeps its pace, and ends in good order when it is asked to."""

from __future__ import annotations

import os
import signal
import time

import pytest

from models.deliveries.replay import BATCH
from models.operating.pace import Pace


@pytest.mark.parametrize(
    ("per_minute", "batch", "pause"), [(None, BATCH, 0.0), (30, 1, 2.0), (60, 1, 1.0), (600, 10, 1.0)]
)
def test_so_many_go_a_minute(per_minute: int | None, batch: int, pause: float) -> None:
    pace = Pace(per_minute)
    assert (pace.batch, pace._pause_s) == (batch, pause)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_and_is_the_callers_again_afterwards(how: signal.Signals) -> None:
    before = signal.getsignal(how)
    with Pace(1) as pace:
        assert not pace.was_stopped
        os.kill(os.getpid(), how)
        started = time.monotonic()
        assert not pace.goes_on()
        assert time.monotonic() - started < 5
        assert pace.was_stopped
    assert signal.getsignal(how) is before


def test_without_a_limit_it_goes_on_at_once() -> None:
    with Pace(None) as pace:
        assert pace.goes_on()
