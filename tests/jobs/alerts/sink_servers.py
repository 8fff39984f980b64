"""The sinks of alerts for tests: real servers on loopback, and the settings that name them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.alert_routes import SinkName
from models.settings import Settings, from_env
from tests.crm import environment
from tests.jobs.mail.server import MailServer
from tests.jobs.to_webhook.receiver import Receiver

CHAT_URL = "https://chat.googleapis.com/v1/spaces/OPS/messages?key=chat-key-s3cret&token=chat-token-s3cret"
ROUTING_KEY = "pagerduty-key-s3cret"
SLACK_PATH = "/services/slack-path-s3cret"


@dataclass(slots=True)
class SinkServers:
    """A server for each sink, and one that stands for the service's own address."""

    data: Path
    chat: Receiver = field(default_factory=Receiver)
    slack: Receiver = field(default_factory=Receiver)
    pagerduty: Receiver = field(default_factory=Receiver)
    site: Receiver = field(default_factory=Receiver)
    mail: MailServer = field(default_factory=MailServer)

    def __post_init__(self) -> None:
        self.site.status = 200

    def variables(self, *sinks: SinkName) -> dict[str, str]:
        """Return the variables that set up these sinks, all of them if none is named."""
        own = {
            SinkName.CHAT: {"ALERT_WEBHOOK": CHAT_URL},
            SinkName.SLACK: {"ALERT_SLACK_WEBHOOK": f"{self.slack.origin}{SLACK_PATH}"},
            SinkName.EMAIL: {"ALERT_EMAIL": "ops@example.com"},
            SinkName.PAGERDUTY: {"ALERT_PAGERDUTY_KEY": ROUTING_KEY},
        }
        given = environment("http://127.0.0.1:9", self.data) | {
            "BASE_URL": self.site.origin,
            "CHAT_API_URL": self.chat.origin,
            "SMTP_URL": self.mail.url,
            "ALERT_PAGERDUTY_URL": f"{self.pagerduty.origin}/v2/enqueue",
        }
        for sink in sinks or SinkName:
            given |= own[sink]
        return given

    def settings(self, *sinks: SinkName, **more: str) -> Settings:
        return from_env(self.variables(*sinks) | more)

    def counts(self) -> dict[str, int]:
        """Return how many alerts reached each sink, without those that none reached."""
        reached = {
            "chat": len(self.chat.calls),
            "slack": len(self.slack.calls),
            "email": len(self.mail.mails),
            "pagerduty": len(self.pagerduty.calls),
        }
        return {sink: count for sink, count in reached.items() if count}

    def events(self) -> list[dict[str, Any]]:
        """Return what PagerDuty got."""
        return [json.loads(call.body) for call in self.pagerduty.calls]

    def close(self) -> None:
        for each in (self.chat, self.slack, self.pagerduty, self.site, self.mail):
            each.close()


def texts(receiver: Receiver) -> list[str]:
    """Return the texts of the messages that a webhook got."""
    return [json.loads(call.body)["text"] for call in receiver.calls]
