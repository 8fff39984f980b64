"""Each severity goes to the sinks that are set up for it, and nowhere else."""

from __future__ import annotations

import pytest

from jobs.alerts.send import SINKS, AlertSender
from models.alert_routes import Severity, SinkName
from models.errors import InvalidSettings
from models.operating.alerts.codes import SEVERITIES, Alert, AlertCode
from tests.jobs.alerts.sink_servers import SinkServers

CHAT, SLACK, EMAIL, PAGERDUTY = SinkName
ONE_OF_EACH = {severity: code for code, severity in SEVERITIES.items()}


def sent(sender: AlertSender, severity: Severity) -> None:
    alert = Alert(ONE_OF_EACH[severity], "Look at it.")
    for sink in sender.sinks_for(severity):
        sender.send(alert, sink)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (Severity.WARNING, {"chat": 1, "slack": 1}),
        (Severity.CRITICAL, {"chat": 1, "slack": 1, "email": 1}),
        (Severity.OUTAGE, {"chat": 1, "slack": 1, "email": 1, "pagerduty": 1}),
    ],
)
def test_each_severity_reaches_its_sinks(
    sinks: SinkServers, severity: Severity, expected: dict[str, int]
) -> None:
    sent(AlertSender(sinks.settings()), severity)
    assert sinks.counts() == expected


@pytest.mark.parametrize("severity", list(Severity))
def test_a_chat_space_alone_gets_all(sinks: SinkServers, severity: Severity) -> None:
    sent(AlertSender(sinks.settings(CHAT)), severity)
    assert sinks.counts() == {"chat": 1}


def test_the_operator_chooses_the_routes(sinks: SinkServers) -> None:
    sender = AlertSender(sinks.settings(ALERT_ROUTES="warning=pagerduty outage=slack"))
    sent(sender, Severity.WARNING)
    sent(sender, Severity.OUTAGE)
    assert sinks.counts() == {"slack": 1, "pagerduty": 1}


def test_nothing_goes_to_a_sink_that_is_no_longer_set_up(sinks: SinkServers) -> None:
    AlertSender(sinks.settings(CHAT)).send(Alert(AlertCode.LATE, "It waits."), PAGERDUTY)
    assert sinks.counts() == {}


def test_without_sinks_nobody_is_alerted(sinks: SinkServers) -> None:
    nobody = sinks.settings(CHAT).model_copy(update={"alert_webhook": None})
    assert AlertSender(sinks.settings(CHAT)).has_recipients
    assert not AlertSender(nobody).has_recipients


def test_every_sink_has_its_file() -> None:
    assert set(SINKS) == set(SinkName)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALERT_WEBHOOK", "https://evil.example/v1/spaces/A/messages?key=k&token=s3cret"),
        ("ALERT_SLACK_WEBHOOK", "http://hooks.slack.com/services/s3cret"),
        ("ALERT_SLACK_WEBHOOK", "https://user:s3cret@hooks.slack.com/services"),
        ("ALERT_SLACK_WEBHOOK", "s3cret"),
        ("ALERT_PAGERDUTY_KEY", "a key: s3cret"),
        ("ALERT_PAGERDUTY_URL", "http://events.example.com"),
        ("ALERT_ROUTES", "warning=everybody"),
        ("ALERT_EMAIL", "nobody"),
        ("SMTP_URL", "http://mail"),
    ],
)
def test_sinks_that_cannot_be_are_refused_at_the_start(sinks: SinkServers, variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=variable) as refused:
        sinks.settings(**{variable: value})
    assert "s3cret" not in str(refused.value)
