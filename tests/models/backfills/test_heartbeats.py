"""Only one process sees a long pause between heartbeats, whatever the clocks say."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.backfills.heartbeats import DOOR, record_heartbeat
from models.database.engine import Database
from models.tables import Heartbeat
from tests.engine import NOON, HandClock
from tests.models.rows import count


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    made = HandClock()
    monkeypatch.setattr("models.backfills.heartbeats.now", made)
    return made


def beats(database: Database, part: str = DOOR) -> datetime | None:
    with database.writing_all() as session:
        return record_heartbeat(session, part)


def test_each_beat_hears_of_the_one_before(database: Database, clock: HandClock) -> None:
    assert beats(database) is None
    clock.advance(7200)
    assert beats(database) == NOON
    assert beats(database) == NOON + timedelta(hours=2)
    assert beats(database, "worker") is None
    assert count(database, Heartbeat) == 2


def test_a_clock_that_runs_behind_takes_no_beat_back(database: Database, clock: HandClock) -> None:
    beats(database)
    clock.advance(-30)
    assert beats(database) == NOON
    assert beats(database) == NOON


def test_a_clock_that_was_wrong_for_hours_is_believed_no_longer(database: Database, clock: HandClock) -> None:
    clock.advance(86_400)
    beats(database)
    clock.advance(-86_400)
    assert beats(database) == NOON + timedelta(days=1)
    assert beats(database) == NOON
