"""Fixtures of scheduled jobs."""

from __future__ import annotations

import pytest

from jobs.scheduled.mutes import Mutes
from tests.engine import Bench, HandClock
from tests.jobs.muting import another


@pytest.fixture
def mutes(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Mutes:
    for module in ("mutes", "leased_turns"):
        monkeypatch.setattr(f"jobs.scheduled.{module}.now", clock)
    bench.rulesets.fresh_s = -1.0
    return another(bench)
