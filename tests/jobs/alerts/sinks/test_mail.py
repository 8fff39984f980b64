"""Alerts reach a mail address by SMTP."""

from __future__ import annotations

import pytest

from jobs.alerts.sinks.mail import MailSink
from models.alert_routes import SinkName
from models.errors import TemporaryFailure
from models.operating.alerts.codes import Alert, AlertCode
from tests.jobs.alerts.sink_servers import SinkServers
from tests.stack import free_port

OVER = Alert(AlertCode.DISK, "There is room again.", is_over=True)


def test_a_mail_says_that_it_is_over(sinks: SinkServers) -> None:
    MailSink(sinks.settings(ALERT_EMAIL="Ops@example.com", ALERT_FROM="app@example.com")).send(OVER)
    (mail,) = sinks.mail.mails
    assert mail["Subject"] == "Pipenotify: Better again (critical)"
    assert (mail["To"], mail["From"]) == ("ops@example.com", "app@example.com")
    assert mail.get_content().split() == ["There", "is", "room", "again.", sinks.site.origin]


def test_without_a_sender_of_its_own_it_is_from_its_reader(sinks: SinkServers) -> None:
    MailSink(sinks.settings()).send(OVER)
    (mail,) = sinks.mail.mails
    assert mail["From"] == "ops@example.com"


def test_a_mail_server_that_is_away_is_a_failure_for_now(sinks: SinkServers) -> None:
    away = sinks.settings(SinkName.EMAIL, SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    with pytest.raises(TemporaryFailure, match="mail"):
        MailSink(away).send(OVER)


def test_a_mail_says_in_its_subject_that_it_is_of_staging(sinks: SinkServers) -> None:
    MailSink(sinks.settings(APP_ENV="staging")).send(OVER)
    (mail,) = sinks.mail.mails
    assert mail["Subject"] == "[staging] Pipenotify: Better again (critical)"
