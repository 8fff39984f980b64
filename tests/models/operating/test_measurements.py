"""What processes measured adds up in the database, whoever stores it and however often."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.operating.measurements import (
    ATTEMPTS,
    BOUNDS,
    DELIVERY_SECONDS,
    Measurements,
    buckets,
    read_measurements,
)


def read(database: Database) -> dict[str, dict[str, float]]:
    with database.reading_all() as session:
        return read_measurements(session)


def test_the_sums_of_all_processes_add_up(database: Database) -> None:
    one, other = Measurements(), Measurements()
    for each in (one, other, one):
        each.count(ATTEMPTS, "delivered")
        each.observe(DELIVERY_SECONDS, 0.02)
        each.store(database)
        each.store(database)  # there is nothing new
    assert read(database) == {
        ATTEMPTS: {"delivered": 3},
        DELIVERY_SECONDS: {"0.025": 3, "sum": pytest.approx(0.06)},
    }


def test_what_could_not_be_stored_is_stored_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Measurements()
    measured.count(ATTEMPTS, "retry")

    def away(_self: Database) -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(Database, "writing_all", away)
        with pytest.raises(DatabaseUnavailable):
            measured.store(database)
    measured.count(ATTEMPTS, "retry")
    measured.store(database)
    assert read(database) == {ATTEMPTS: {"retry": 2}}


def test_buckets_are_cumulative_and_end_with_all() -> None:
    measured = {"0.01": 1.0, "0.5": 2.0, "+Inf": 4.0, "sum": 9.0}
    found = dict(buckets(measured))
    assert (found["0.01"], found["0.25"], found["0.5"], found["7200"], found["+Inf"]) == (1, 1, 3, 3, 7)
    assert len(found) == len(BOUNDS) + 1
