"""The worker that looks asks the service's own address; nobody is asked where nobody would be alerted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from models.alert_routes import SinkName
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.operating.alerts.probes import ANSWERED, FAILED
from models.operating.measurements import MEASUREMENTS, Measurements, read_measurements
from tests.jobs.alerts.sink_servers import SinkServers, texts


@pytest.fixture
def measurements(monkeypatch: pytest.MonkeyPatch) -> Measurements:
    """Those of this process, for this test anew."""
    made = Measurements()
    monkeypatch.setattr("jobs.alerts.watch.MEASUREMENTS", made)
    return made


@pytest.fixture
def watch(
    database: Database, sinks: SinkServers, measurements: Measurements, monkeypatch: pytest.MonkeyPatch
) -> AlertWatch:
    """A worker that holds the lease, and looks at each step."""
    made = watching(database, sinks, monkeypatch)
    made.step()
    assert sinks.site.calls == []
    return made


def watching(database: Database, sinks: SinkServers, monkeypatch: pytest.MonkeyPatch) -> AlertWatch:
    monkeypatch.setattr("jobs.alerts.watch.full_disks", lambda *_: [])
    settings = sinks.settings(SinkName.CHAT)
    hours = iter(range(0, 10_000, 60))
    return AlertWatch(database, settings, AlertSender(settings), clock=lambda: next(hours))


def steps(watch: AlertWatch, times: int) -> None:
    for _ in range(times):
        watch.step()


def test_two_slow_answers_are_an_alert_until_two_are_not(
    watch: AlertWatch, sinks: SinkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.operating.alerts.rules.SLOW_ANSWER_S", -1.0)  # every answer is slow
    steps(watch, 1)
    assert sinks.counts() == {}
    steps(watch, 2)
    (text,) = texts(sinks.chat)
    assert "seconds to answer /health/ready" in text
    monkeypatch.setattr("models.operating.alerts.rules.SLOW_ANSWER_S", 20.0)
    steps(watch, 2)
    assert "answers in time again" in texts(sinks.chat)[1]


def test_three_failures_are_an_outage_until_one_answer(watch: AlertWatch, sinks: SinkServers) -> None:
    sinks.site.status = 503
    steps(watch, 2)
    assert sinks.counts() == {}
    steps(watch, 2)
    (text,) = texts(sinks.chat)
    assert text.startswith("Pipenotify: Needs you (outage)\nThe service does not answer /health/ready")
    assert "3 probes failed (HTTP 503)" in text
    sinks.site.status = 200
    steps(watch, 1)
    assert "The service answers again." in texts(sinks.chat)[1]


def test_each_probe_counts_for_the_uptime(
    watch: AlertWatch, sinks: SinkServers, database: Database, measurements: Measurements
) -> None:
    steps(watch, 2)
    sinks.site.status = 503
    steps(watch, 1)
    measurements.store(database)
    day = now().date().isoformat()
    with database.reading_all() as session:
        measured = read_measurements(session)
    assert (measured[ANSWERED], measured[FAILED]) == ({day: 2.0}, {day: 1.0})


def test_an_uptime_that_is_too_low_is_an_alert_until_it_is_good_again(
    watch: AlertWatch, sinks: SinkServers, database: Database, measurements: Measurements
) -> None:
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    measurements.count(ANSWERED, yesterday, 997)
    measurements.count(FAILED, yesterday, 2)
    measurements.store(database)
    steps(watch, 1)
    assert sinks.counts() == {}  # 999 probes say nothing yet
    measurements.store(database)  # the thousandth
    steps(watch, 2)
    (text,) = texts(sinks.chat)
    assert "99.80 % of the 1,000 probes of the last 30 days" in text
    measurements.count(ANSWERED, yesterday, 1000)
    measurements.store(database)
    steps(watch, 1)
    assert "uptime of the last 30 days is good again" in texts(sinks.chat)[1]


def test_probes_go_on_while_the_database_is_away(
    watch: AlertWatch, sinks: SinkServers, measurements: Measurements, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable

    sinks.site.status = 503
    with monkeypatch.context() as patched:
        patched.setattr("jobs.alerts.watch.take_lease", away)
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                watch.step()
    assert len(sinks.site.calls) == 3
    assert measurements._sums[FAILED, now().date().isoformat()] == 3
    steps(watch, 1)
    assert "4 probes failed" in texts(sinks.chat)[0]


def test_one_worker_probes(
    watch: AlertWatch, sinks: SinkServers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = watching(database, sinks, monkeypatch)
    steps(other, 3)
    assert sinks.site.calls == []
    steps(watch, 1)
    assert len(sinks.site.calls) == 1


def test_who_takes_over_begins_anew(
    watch: AlertWatch, sinks: SinkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinks.site.status = 503
    steps(watch, 2)
    with monkeypatch.context() as patched:
        patched.setattr("jobs.alerts.watch.take_lease", lambda *_: False)
        steps(watch, 1)
    steps(watch, 3)
    assert sinks.counts() == {}
    steps(watch, 1)
    assert sinks.counts() == {"chat": 1}


def test_where_nobody_is_alerted_nobody_probes(
    database: Database, sinks: SinkServers, measurements: Measurements
) -> None:
    settings = sinks.settings(SinkName.CHAT).model_copy(update={"alert_webhook": None})
    hours = iter(range(0, 10_000, 60))
    watch = AlertWatch(database, settings, AlertSender(settings), clock=lambda: next(hours))
    steps(watch, 3)
    assert (sinks.site.calls, measurements._sums) == ([], {})
    assert MEASUREMENTS is not measurements
