"""Pruning: a batch at each step, and a new pass after a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from jobs.scheduled.prune import Pruning
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from tests.conftest import TwoTenants
from tests.models.ended import LONG_AGO, add_destination, deliveries, end


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.maintenance.prune.BATCH", 2)


def test_each_step_deletes_one_batch_until_the_pass_is_over(database: Database, tenants: TwoTenants) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, 5, created_at=LONG_AGO, finished_at=LONG_AGO)
    pruning = Pruning(database, keep_days=90)
    left, goes_on = [], True
    while goes_on:
        goes_on = pruning.delete_batch()
        left.append(len(deliveries(database, tenants.ours)))
    assert left == [3, 1, 0, 0]

    end(database, tenants.ours, wall, created_at=LONG_AGO, finished_at=LONG_AGO)
    assert pruning.delete_batch()
    assert deliveries(database, tenants.ours) == []


def test_after_a_failure_a_new_pass_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def failing(*_: object) -> Iterator[Counter[str]]:
        begun.append(1)
        yield Counter(deliveries=1)
        raise DatabaseUnavailable("away")

    monkeypatch.setattr("models.maintenance.prune_by_team.prune_all", failing)
    pruning = Pruning(None, 90)  # type: ignore[arg-type]  # the pass is ours
    pruning.delete_batch()
    with pytest.raises(DatabaseUnavailable):
        pruning.delete_batch()
    pruning.delete_batch()
    assert len(begun) == 2
