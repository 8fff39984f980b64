"""Each sink hears of each thing once, and once that it is better; one that refused is asked again, alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete
from structlog.testing import capture_logs

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from models.alert_routes import SinkName
from models.clock import now
from models.database.engine import Database
from models.operating.alerts.codes import Alert, AlertCode
from models.operating.alerts.notes import note_taken
from models.operating.backup_age import note_backup, note_wanted
from models.operating.measurements import ATTEMPTS
from models.operating.synthetic import store_synthetic
from models.reports.last_hour import LastHour, store_last_hour
from models.tables import Event
from models.tables.deliveries import AttemptOutcome
from models.tables.upkeep import Measurement
from tests.conftest import TwoTenants
from tests.jobs.alerts.sink_servers import SinkServers, texts
from tests.models.rows import add, event
from tests.stack import ROOT, wait_until

CHAT, SLACK, EMAIL, PAGERDUTY = SinkName
Watching = Callable[..., AlertWatch]
# One look of a worker of its own, which has no other alert than that something waits.
PROGRAM = """
import jobs.alerts.watch as watch
from jobs.alerts.send import AlertSender
from models.database.engine import Database
from models.settings import from_env

watch.full_disks = lambda *_: []
settings = from_env()
watch.AlertWatch(Database(settings.database_url), settings, AlertSender(settings)).step()
"""


@pytest.fixture
def watching(database: Database, sinks: SinkServers, monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Make a worker that looks at each step, with all sinks or those that are named."""
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: [])

    def make(*names: SinkName, **more: str) -> AlertWatch:
        settings = sinks.settings(*names, **more)
        hours = iter(range(0, 10_000, 60))
        return AlertWatch(database, settings, AlertSender(settings), clock=lambda: next(hours))

    return make


def make_late(database: Database, tenants: TwoTenants) -> None:
    add(database, event(tenants.ours, received_at=now() - timedelta(minutes=9)))


def end_late(database: Database) -> None:
    with database.writing_all() as session:
        session.execute(delete(Event))


def fail_cards(database: Database, failed: int) -> None:
    with database.writing_all() as session:
        store_last_hour(session, LastHour(now(), 100 - failed, failed))


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: ["Only 1 GB free."])


def test_an_outage_reaches_every_sink_once_and_its_end_once(
    watching: Watching, sinks: SinkServers, database: Database, tenants: TwoTenants
) -> None:
    watch = watching()
    watch.step()
    assert sinks.counts() == {}
    make_late(database, tenants)
    for _ in range(3):
        watch.step()
    assert sinks.counts() == {"chat": 1, "slack": 1, "email": 1, "pagerduty": 1}
    end_late(database)
    for _ in range(3):
        watch.step()
    assert sinks.counts() == {"chat": 2, "slack": 2, "email": 2, "pagerduty": 2}
    opened, closed = sinks.events()
    assert (opened["event_action"], closed["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == closed["dedup_key"]
    assert "Nothing waits for long any more." in texts(sinks.slack)[1]


def test_a_warning_and_what_is_critical_reach_their_sinks_alone(
    watching: Watching, sinks: SinkServers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_cards(database, 2)
    watch = watching()
    watch.step()
    assert sinks.counts() == {"chat": 1, "slack": 1}
    fill_disk(monkeypatch)
    watch.step()
    assert sinks.counts() == {"chat": 2, "slack": 2, "email": 1}


def test_attempts_that_fail_and_cards_that_failed_are_two_alarms(
    watching: Watching, sinks: SinkServers, database: Database
) -> None:
    watch = watching()
    watch.step()
    fail_cards(database, 2)
    add(database, Measurement(name=ATTEMPTS, label=AttemptOutcome.RETRY, value=20.0))
    watch.step()
    critical, warning = texts(sinks.slack)
    assert "20 of 20 attempts to send failed within five minutes" in critical
    assert "2 of the 100 cards of the last hour failed for good" in warning
    assert [mail["Subject"] for mail in sinks.mail.mails] == ["Pipenotify: Needs you (critical)"]


def test_a_chat_space_alone_gets_everything(
    watching: Watching,
    sinks: SinkServers,
    database: Database,
    tenants: TwoTenants,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_late(database, tenants)
    fail_cards(database, 2)
    fill_disk(monkeypatch)
    watching(CHAT).step()
    severities = [text.splitlines()[0].rpartition(" ")[2] for text in texts(sinks.chat)]
    assert severities == ["(outage)", "(critical)", "(warning)"]


def test_a_sink_that_refuses_is_asked_again_and_the_others_are_not(
    watching: Watching, sinks: SinkServers, database: Database, tenants: TwoTenants
) -> None:
    make_late(database, tenants)
    sinks.slack.status = 500
    watch = watching()
    for _ in range(3):
        watch.step()
    assert sinks.counts() == {"chat": 1, "slack": 3, "email": 1, "pagerduty": 1}
    sinks.slack.status = 200
    for _ in range(2):
        watch.step()
    assert sinks.counts() == {"chat": 1, "slack": 4, "email": 1, "pagerduty": 1}


def test_a_sink_that_never_took_an_alert_does_not_hear_that_it_is_over(
    watching: Watching, sinks: SinkServers, database: Database, tenants: TwoTenants
) -> None:
    make_late(database, tenants)
    sinks.pagerduty.status = 500
    watch = watching(CHAT, PAGERDUTY)
    watch.step()
    sinks.pagerduty.status = 202
    end_late(database)
    watch.step()
    assert [call["event_action"] for call in sinks.events()] == ["trigger"]
    assert len(sinks.chat.calls) == 2


def test_a_sink_that_is_away_is_asked_once_a_look_and_one_that_refuses_for_each_alert(
    watching: Watching,
    sinks: SinkServers,
    database: Database,
    tenants: TwoTenants,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_late(database, tenants)
    fill_disk(monkeypatch)
    sinks.slack.status, sinks.chat.status = 503, 400
    watching().step()
    assert sinks.counts() == {"chat": 2, "slack": 1, "email": 2, "pagerduty": 1}


def test_an_error_in_one_sink_keeps_nothing_from_the_others(
    watching: Watching,
    sinks: SinkServers,
    database: Database,
    tenants: TwoTenants,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_late(database, tenants)
    monkeypatch.setattr("jobs.alerts.sinks.chat.disarm", lambda *_, **__: 1 / 0)
    with capture_logs() as lines:
        watching().step()
    assert sinks.counts() == {"slack": 1, "email": 1, "pagerduty": 1}
    assert [line["sink"] for line in lines if line["event"] == "alert.unexpected"] == [CHAT]


def test_an_alert_whose_worker_was_killed_before_it_was_noted_goes_to_that_sink_again(
    watching: Watching, sinks: SinkServers, database_url: str, database: Database, tenants: TwoTenants
) -> None:
    make_late(database, tenants)
    sinks.pagerduty.answers.clear()
    variables = sinks.variables(CHAT, PAGERDUTY) | {"DATABASE_URL": database_url}
    worker = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | variables)
    wait_until(lambda: sinks.pagerduty.calls, 60, "the alert")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    sinks.pagerduty.answers.set()

    other = watching(CHAT, PAGERDUTY)
    other.step()
    assert sinks.counts() == {"chat": 1, "pagerduty": 1}  # the lease of the dead one holds
    with time_machine.travel(timedelta(minutes=2)):
        other.step()
        other.step()
    assert sinks.counts() == {"chat": 1, "pagerduty": 2}
    assert len({call["dedup_key"] for call in sinks.events()}) == 1  # for PagerDuty it is one incident


def test_one_worker_looks_at_a_time(
    watching: Watching, sinks: SinkServers, database: Database, tenants: TwoTenants
) -> None:
    watching(CHAT).step()
    make_late(database, tenants)
    watching(CHAT).step()
    assert sinks.counts() == {}


def test_who_lost_the_lease_while_it_looked_sends_no_more(
    watching: Watching, sinks: SinkServers, database: Database, tenants: TwoTenants
) -> None:
    watch, other = watching(CHAT), watching(CHAT)
    make_late(database, tenants)
    other.step()
    watch.look()
    assert sinks.counts() == {"chat": 1}
    end_late(database)
    watch.look()
    assert sinks.counts() == {"chat": 1}
    other.look()
    assert sinks.counts() == {"chat": 2}


def test_a_synthetic_event_that_does_not_arrive_is_told(
    watching: Watching, sinks: SinkServers, database: Database
) -> None:
    watch = watching(CHAT, SYNTHETIC_EVERY_MINUTES="60")
    watch.look()
    assert sinks.counts() == {}
    store_synthetic(database, now() - timedelta(minutes=9), timedelta(hours=1))
    watch.look()
    assert any("The synthetic event of" in text for text in texts(sinks.chat))


def test_an_old_backup_is_told_until_there_is_a_new_one(
    watching: Watching, sinks: SinkServers, database: Database
) -> None:
    """By a worker without BACKUP_FOLDER: another one makes the backups."""
    watch = watching(CHAT)
    for hours in (3, 1.5):
        with database.writing_all() as session:
            note_wanted(session, now() - timedelta(hours=hours))
    for hours in (25, 27, 28, 1):
        with database.writing_all() as session:
            note_backup(session, now() - timedelta(hours=hours))
        watch.look()
    told = texts(sinks.chat)
    assert len(told) == 2
    assert "backup" in told[0]
    assert "There is a backup of the last day again" in told[1]


def test_a_start_does_not_end_the_alert_of_an_old_backup(
    watching: Watching, sinks: SinkServers, database: Database
) -> None:
    watch = watching(CHAT)
    with database.writing_all() as session:
        note_backup(session, now() - timedelta(hours=99))
    for hours in (28, 27):  # a stop follows
        with database.writing_all() as session:
            note_wanted(session, now() - timedelta(hours=hours))
    with database.writing_all() as session:
        note_taken(session, Alert(AlertCode.BACKUP, "It is old."), CHAT, now())
    watch.look()
    with database.writing_all() as session:
        note_wanted(session, now())
    watch.look()
    assert texts(sinks.chat) == []


def test_every_alert_is_looked_for(watching: Watching, database: Database) -> None:
    with database.reading_all() as session:
        assert set(watching().find(session, now(), {})) == set(AlertCode)
