"""What a sink's server answers decides whether it took the alert; no error holds its address."""

from __future__ import annotations

import time

import pytest

from jobs.to_operator.post import post_json
from models.errors import AppError, PermanentFailure, TemporaryFailure
from tests.jobs.alerts.sink_servers import SinkServers
from tests.jobs.to_servers.dripping import HEADERS, LIMIT_S, MOST_S, dripping
from tests.stack import free_port


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_is_taken(sinks: SinkServers, status: int) -> None:
    sinks.slack.status = status
    post_json(sinks.slack.url, {"text": "Hello"})
    assert [call.body for call in sinks.slack.calls] == [b'{"text":"Hello"}']


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, TemporaryFailure),
        (503, TemporaryFailure),
        (429, TemporaryFailure),
        (408, TemporaryFailure),
        (400, PermanentFailure),
        (404, PermanentFailure),
        (302, PermanentFailure),
    ],
)
def test_a_refusal_is_not_taken(sinks: SinkServers, status: int, error: type[AppError]) -> None:
    sinks.slack.status = status
    sinks.slack.headers["Location"] = sinks.pagerduty.url
    with pytest.raises(error, match=f"^HTTP {status}$"):
        post_json(sinks.slack.url, {})
    assert sinks.pagerduty.calls == []  # no redirect is followed


def test_a_server_that_is_away_is_a_failure_for_now() -> None:
    with pytest.raises(TemporaryFailure) as away:
        post_json(f"http://127.0.0.1:{free_port()}/s3cret", {})
    assert str(away.value) == "ConnectError"


def test_a_server_that_does_not_answer_is_a_failure_for_now(
    sinks: SinkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.to_operator.post.TIMEOUT_S", 0.05)
    sinks.slack.answers.clear()
    with pytest.raises(TemporaryFailure, match="TimeoutError"):
        post_json(sinks.slack.url, {})
    sinks.slack.answers.set()


def test_a_server_that_drips_is_a_failure_for_now_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.to_operator.post.TIMEOUT_S", LIMIT_S)
    began = time.monotonic()
    with dripping(HEADERS) as url, pytest.raises(TemporaryFailure) as slow:
        post_json(f"{url}/s3cret", {})
    assert str(slow.value) == "TimeoutError"
    assert time.monotonic() - began < MOST_S
