"""Upkeep: at the start and daily, a batch at each tick, and again after a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from jobs.scheduled.prune import EVERY_S, Upkeep
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from tests.conftest import TwoTenants
from tests.models.ended import LONG_AGO, deliveries, end, place_of


class Hours:
    """A monotonic clock that one sets."""

    def __init__(self) -> None:
        self.at = 1.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    made = Hours()
    monkeypatch.setattr("jobs.scheduled.prune.time", made)
    monkeypatch.setattr("models.maintenance.prune.BATCH", 2)
    return made


def test_each_tick_deletes_one_batch_until_the_day_is_done(
    database: Database, tenants: TwoTenants, hours: Hours
) -> None:
    wall = place_of(database, tenants.ours)
    end(database, tenants.ours, wall, 5, created_at=LONG_AGO, finished_at=LONG_AGO)
    upkeep = Upkeep(database, keep_days=90)
    left = []
    for _ in range(5):
        upkeep.step()
        left.append(len(deliveries(database, tenants.ours)))
    assert left == [3, 1, 0, 0, 0]

    end(database, tenants.ours, wall, created_at=LONG_AGO, finished_at=LONG_AGO)
    hours.at += EVERY_S - 1
    upkeep.step()
    assert len(deliveries(database, tenants.ours)) == 1
    hours.at += 2
    upkeep.step()
    assert deliveries(database, tenants.ours) == []


def test_a_failed_sweep_begins_anew_at_the_next_tick(hours: Hours, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def failing(*_: object) -> Iterator[Counter[str]]:
        begun.append(1)
        yield Counter(deliveries=1)
        raise DatabaseUnavailable("away")

    monkeypatch.setattr("models.maintenance.prune.sweep", failing)
    upkeep = Upkeep(None, 90)  # type: ignore[arg-type]  # the sweep is ours
    upkeep.step()
    with pytest.raises(DatabaseUnavailable):
        upkeep.step()
    upkeep.step()
    assert len(begun) == 2
