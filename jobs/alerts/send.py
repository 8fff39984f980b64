"""Sends alerts to the operator's Chat space, by an incoming webhook, and to a mail address."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from bot.text.format import disarm
from jobs.mail.smtp import Mailer
from jobs.to_chat.incoming_webhook import ChatWebhook
from models.operating.alerts import Alert
from models.settings import Settings

TITLES: Final = {True: "Better again", False: "Needs you"}


class AlertSender:
    """Sends to all places that the settings name; to none is to nobody."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chat = ChatWebhook(settings)
        self._mailer = Mailer(settings)

    @property
    def has_recipients(self) -> bool:
        return bool(self._settings.alert_webhook or self._settings.alert_email)

    def send(self, alert: Alert) -> None:
        """Send one alert everywhere. Raises AppError if one place did not take it; then all get it again."""
        title = f"Pipenotify: {TITLES[alert.is_over]}"
        words = f"{alert.words}\n{self._settings.base_url}"
        if self._settings.alert_webhook:
            text = f"{title}\n{disarm(words, lines=True)}"
            self._chat.create(self._settings.alert_webhook, {"text": text}, request_id=uuid.uuid4().hex)
        if self._settings.alert_email:
            self._mail(title, words)

    def _mail(self, title: str, words: str) -> None:
        to = str(self._settings.alert_email)
        mail = EmailMessage()
        mail["Subject"], mail["To"], mail["From"] = title, to, self._settings.alert_from or to
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="pipenotify")
        mail.set_content(words)
        self._mailer.send(mail)
