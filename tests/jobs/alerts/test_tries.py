"""Each try of an alert has one id; what ended before it was taken does not swallow the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from models.alert_routes import SinkName
from models.clock import now
from models.database.engine import Database
from models.errors import TemporaryFailure
from models.operating.alerts.codes import Alert
from models.tables import Event
from tests.conftest import TwoTenants
from tests.jobs.alerts.sink_servers import SinkServers
from tests.models.rows import add, event


def test_a_lost_answer_keeps_the_id_and_the_end_of_an_alert_forgets_it(
    sinks: SinkServers, database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: [])
    settings = sinks.settings(SinkName.CHAT)
    sender, ids = AlertSender(settings), list[str]()

    def lose(alert: Alert, _sink: SinkName) -> bool:
        ids.append(alert.id)
        raise TemporaryFailure("no answer")

    monkeypatch.setattr(sender, "send", lose)
    watch = AlertWatch(database, settings, sender)
    for is_late in (True, True, False, True):
        with database.writing_all() as session:
            session.execute(delete(Event))
        if is_late:
            add(database, event(tenants.ours, received_at=now() - timedelta(minutes=9)))
        watch.look()

    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]
