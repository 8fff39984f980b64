"""Alerts in the operator's Chat space, by an incoming webhook."""

from __future__ import annotations

from bot.text.format import disarm
from jobs.to_chat.incoming_webhook import ChatWebhook
from models.operating.alerts.codes import Alert
from models.settings import Settings


class ChatSink:
    """Posts to ALERT_WEBHOOK."""

    def __init__(self, settings: Settings) -> None:
        self._url = str(settings.alert_webhook)
        self._base_url = settings.base_url
        self._prefix = settings.alert_prefix
        self._chat = ChatWebhook(settings)

    def send(self, alert: Alert) -> None:
        words = disarm(f"{alert.words}\n{self._base_url}", lines=True)
        body = {"text": f"{self._prefix}{alert.title}\n{words}"}
        self._chat.create(self._url, body, request_id=alert.id)
