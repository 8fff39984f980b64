"""Alerts reach Slack or Teams as text, and what they quote takes no effect there."""

from __future__ import annotations

from jobs.alerts.sinks.text_webhook import TextWebhookSink
from models.operating.alerts.codes import Alert, AlertCode
from tests.jobs.alerts.sink_servers import SLACK_PATH, SinkServers, texts


def test_its_text_is_escaped_as_slack_asks(sinks: SinkServers) -> None:
    words = "Again by: <!channel> & <https://evil.example|sons>, R&amp;D."
    TextWebhookSink(sinks.settings()).send(Alert(AlertCode.CONNECTION, words))
    (text,) = texts(sinks.slack)
    assert text.splitlines() == [
        "Pipenotify: Needs you (critical)",
        "Again by: &lt;!channel&gt; &amp; &lt;https://evil.example|sons&gt;, R&amp;amp;D.",
        sinks.site.origin,
    ]
    (call,) = sinks.slack.calls
    assert (call.path, call.headers["content-type"]) == (SLACK_PATH, "application/json; charset=utf-8")


def test_a_message_says_first_that_it_is_of_staging(sinks: SinkServers) -> None:
    TextWebhookSink(sinks.settings(APP_ENV="staging")).send(Alert(AlertCode.DISK, "Make room."))
    (text,) = texts(sinks.slack)
    assert text.startswith("[staging] Pipenotify: Needs you")
