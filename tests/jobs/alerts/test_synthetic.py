"""The synthetic event goes the whole road: stored by a clock, read, drawn, sent nowhere, measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis

from jobs.alerts import synthetic
from jobs.alerts.synthetic import SyntheticEvents
from models.operating.measurements import MEASUREMENTS, read_measurements
from models.operating.synthetic import read_synthetic
from models.tables import Event
from tests.engine import Bench
from tests.models.rows import count


class Woken:
    """Counts how often a drain is woken; `is_away` stands for a Redis that does not answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.is_away = 0, False
        monkeypatch.setattr(synthetic, "wake", self._wake)

    def _wake(self, _client: Any) -> None:
        if self.is_away:
            raise redis.ConnectionError
        self.count += 1


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Woken:
    return Woken(monkeypatch)


def measured(bench: Bench) -> dict[str, dict[str, float]]:
    MEASUREMENTS.store(bench.database)
    with bench.database.reading_all() as session:
        return read_measurements(session)


def events(bench: Bench, every_minutes: int = 60) -> SyntheticEvents:
    return SyntheticEvents(bench.database, redis.Redis(), every_minutes)


def test_it_goes_the_whole_road_and_is_no_card(
    bench: Bench, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "now", bench.clock)
    before = measured(bench)
    events(bench).run()
    assert woken.count == 1
    bench.clock.advance(3)
    assert bench.spread() == 1
    (result,) = bench.send_due()
    assert result.error is None
    with bench.database.reading_all() as session:
        found = read_synthetic(session)
    assert found is not None
    assert (found.seconds, found.waiting_since) == (3.0, None)
    assert bench.chat.requests == []
    assert measured(bench) == before


def test_one_is_stored_a_period_by_all_clocks_together(
    bench: Bench, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "now", bench.clock)
    one, other = events(bench), events(bench)
    for each in (one, other, one):
        each.run()
    assert (count(bench.database, Event), woken.count) == (1, 1)
    bench.clock.at += timedelta(hours=1)
    other.run()
    assert (count(bench.database, Event), woken.count) == (2, 2)


def test_it_is_stored_while_redis_is_away(bench: Bench, woken: Woken) -> None:
    woken.is_away = True
    events(bench).run()
    assert count(bench.database, Event) == 1


def test_nothing_is_stored_where_it_is_switched_off(bench: Bench, woken: Woken) -> None:
    events(bench, every_minutes=0).run()
    assert (count(bench.database, Event), woken.count) == (0, 0)
