"""The operator hears of each thing once, and once that it is better; a refused alert is sent again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from models.clock import now
from models.database.engine import Database
from models.errors import TemporaryFailure
from models.operating.alerts import Alert, AlertCode
from models.operating.synthetic import store_synthetic
from models.settings import from_env
from models.tables import Event
from tests.conftest import TwoTenants
from tests.crm import environment
from tests.models.rows import add, event


class Recorder(AlertSender):
    """Takes alerts, unless it refuses."""

    def __init__(self) -> None:
        self.sent: list[tuple[AlertCode, bool]] = []
        self.refuses = False

    @property
    def has_recipients(self) -> bool:
        return True

    def send(self, alert: Alert) -> None:
        if self.refuses:
            raise TemporaryFailure("503")
        self.sent.append((alert.code, alert.is_over))


@pytest.fixture
def sender() -> Recorder:
    return Recorder()


@pytest.fixture
def watch(
    database: Database, sender: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AlertWatch:
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: [])
    settings = from_env(environment("http://127.0.0.1:9", tmp_path))
    hours = iter(range(0, 10_000, 60))
    return AlertWatch(database, settings, sender, clock=lambda: next(hours))


def test_each_thing_is_said_once_and_its_end_once(
    watch: AlertWatch, sender: Recorder, database: Database, tenants: TwoTenants
) -> None:
    watch.step()
    assert sender.sent == []
    add(database, event(tenants.ours, received_at=now() - timedelta(minutes=9)))
    sender.refuses = True
    watch.step()
    sender.refuses = False
    for _ in range(3):
        watch.step()
    assert sender.sent == [(AlertCode.LATE, False)]
    with database.writing_all() as session:
        session.execute(delete(Event))
    for _ in range(3):
        watch.step()
    assert sender.sent == [(AlertCode.LATE, False), (AlertCode.LATE, True)]


def test_one_worker_looks_at_a_time(
    watch: AlertWatch, database: Database, tenants: TwoTenants, tmp_path: Path
) -> None:
    watch.step()
    add(database, event(tenants.ours, received_at=now() - timedelta(minutes=9)))
    other = Recorder()
    settings = from_env(environment("http://127.0.0.1:9", tmp_path))
    AlertWatch(database, settings, other).step()
    assert other.sent == []


def test_a_synthetic_event_that_does_not_arrive_is_told(
    sender: Recorder, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: [])
    given = environment("http://127.0.0.1:9", tmp_path) | {"SYNTHETIC_EVERY_MINUTES": "60"}
    watch = AlertWatch(database, from_env(given), sender)
    watch.look()
    assert sender.sent == []
    store_synthetic(database, now() - timedelta(minutes=9), timedelta(hours=1))
    watch.look()
    assert (AlertCode.SYNTHETIC, False) in sender.sent
