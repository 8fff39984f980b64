"""The service's own address is asked as anybody asks it; anything but 200 is a failure."""

from __future__ import annotations

import pytest

from jobs.to_operator.probe import SelfProbe
from tests.jobs.alerts.sink_servers import SinkServers
from tests.jobs.to_servers.dripping import HEADERS, LIMIT_S, MOST_S, dripping
from tests.stack import free_port


def test_an_answer_is_measured(sinks: SinkServers) -> None:
    seconds = iter([100.0, 106.5])
    probe = SelfProbe(sinks.settings(), clock=lambda: next(seconds)).ask()
    assert (probe.seconds, probe.problem) == (6.5, "")
    assert [call.path for call in sinks.site.calls] == ["/health/ready"]


@pytest.mark.parametrize("status", [503, 500, 404, 204, 302])
def test_anything_but_200_is_a_failure(sinks: SinkServers, status: int) -> None:
    sinks.site.status = status
    sinks.site.headers["Location"] = sinks.slack.url
    assert SelfProbe(sinks.settings()).ask().problem == f"HTTP {status}"
    assert sinks.slack.calls == []  # no redirect is followed


def test_an_address_where_nobody_listens_is_a_failure(sinks: SinkServers) -> None:
    settings = sinks.settings(BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert SelfProbe(settings).ask().problem == "ConnectError"


def test_no_answer_in_time_is_a_failure(sinks: SinkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.to_operator.probe.PROBE_TIMEOUT_S", 0.05)
    sinks.site.answers.clear()
    assert SelfProbe(sinks.settings()).ask().problem == "TimeoutError"
    sinks.site.answers.set()


def test_an_answer_that_drips_is_a_failure_in_time(
    sinks: SinkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.to_operator.probe.PROBE_TIMEOUT_S", LIMIT_S)
    with dripping(HEADERS) as url:
        probe = SelfProbe(sinks.settings(BASE_URL=url)).ask()
    assert probe.problem == "TimeoutError"
    assert LIMIT_S <= probe.seconds < MOST_S
