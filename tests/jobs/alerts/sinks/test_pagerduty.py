"""An alert opens an incident at PagerDuty, and closes the same one when it is over."""

from __future__ import annotations

import pytest

from jobs.alerts.sinks.pagerduty import LONGEST_KEY, LONGEST_SUMMARY, SEVERITIES, PagerDutySink
from models.alert_routes import Severity
from models.operating.alerts.codes import Alert, AlertCode
from tests.jobs.alerts.sink_servers import ROUTING_KEY, SinkServers


def test_an_incident_is_opened_and_closed_by_one_key(sinks: SinkServers) -> None:
    sink = PagerDutySink(sinks.settings(BASE_URL="https://pn.example.com"))
    sink.send(Alert(AlertCode.LATE, "It waits."))
    sink.send(Alert(AlertCode.LATE, "Nothing waits.", is_over=True))
    opened, closed = sinks.events()
    assert opened == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": "pipenotify late https://pn.example.com",
        "client": "Pipenotify",
        "client_url": "https://pn.example.com",
        "payload": {
            "summary": "It waits.",
            "source": "https://pn.example.com",
            "severity": "critical",
            "component": "pipenotify",
            "class": "late",
            "custom_details": {"code": "late", "severity": "outage", "words": "It waits."},
        },
    }
    assert closed == {
        "routing_key": ROUTING_KEY,
        "event_action": "resolve",
        "dedup_key": opened["dedup_key"],
    }
    assert [call.path for call in sinks.pagerduty.calls] == ["/v2/enqueue"] * 2


def test_another_alert_and_another_installation_have_other_keys(sinks: SinkServers) -> None:
    for base_url, code in (
        ("https://a.example", "late"),
        ("https://a.example", "disk"),
        ("https://b.example", "late"),
    ):
        PagerDutySink(sinks.settings(BASE_URL=base_url)).send(Alert(AlertCode(code), "Look."))
    assert len({event["dedup_key"] for event in sinks.events()}) == 3


def test_what_is_long_is_cut_to_what_pagerduty_takes(sinks: SinkServers) -> None:
    long = f"https://{'a' * 400}.example"
    PagerDutySink(sinks.settings(BASE_URL=long)).send(Alert(AlertCode.DISK, "x" * 5000))
    (event,) = sinks.events()
    assert len(event["payload"]["summary"]) == LONGEST_SUMMARY
    assert len(event["dedup_key"]) == LONGEST_KEY
    assert event["dedup_key"].startswith("pipenotify disk ")


@pytest.mark.parametrize("severity", list(Severity))
def test_pagerduty_knows_the_word_for_each_severity(severity: Severity) -> None:
    assert SEVERITIES[severity] in {"critical", "error", "warning", "info"}


def test_an_incident_says_first_that_it_is_of_staging(sinks: SinkServers) -> None:
    PagerDutySink(sinks.settings(APP_ENV="staging")).send(Alert(AlertCode.LATE, "It waits." + "x" * 5000))
    (event,) = sinks.events()
    assert event["payload"]["summary"].startswith("[staging] It waits.")
    assert len(event["payload"]["summary"]) == LONGEST_SUMMARY
