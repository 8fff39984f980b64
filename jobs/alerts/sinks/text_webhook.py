"""Alerts to Slack or Teams: an incoming webhook that takes `{"text": ...}`."""

from __future__ import annotations

from typing import Final

from jobs.to_operator.post import post_json
from models.operating.alerts.codes import Alert
from models.settings import Settings

# What Slack asks for: nothing else is special, and without `<` there are no mentions and no links.
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class TextWebhookSink:
    """Posts to ALERT_SLACK_WEBHOOK."""

    def __init__(self, settings: Settings) -> None:
        self._url = str(settings.alert_slack_webhook)
        self._base_url = settings.base_url
        self._prefix = settings.alert_prefix

    def send(self, alert: Alert) -> None:
        text = f"{self._prefix}{alert.title}\n{alert.words}\n{self._base_url}"
        post_json(self._url, {"text": text.translate(_ESCAPED)})
