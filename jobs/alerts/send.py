"""Sends alerts to the operator's Chat space, by an incoming webhook, and to a mail address."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.text.format import disarm
from jobs.to_chat.incoming_webhook import ChatWebhook
from models.errors import TemporaryFailure
from models.operating.alerts import Alert
from models.settings import Settings

TIMEOUT_S: Final = 15.0
TITLES: Final = {True: "Better again", False: "Needs you"}


class AlertSender:
    """Sends to all places that the settings name; to none is to nobody."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chat = ChatWebhook(settings)

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
        parts = urlsplit(self._settings.smtp_url)
        try:
            with _connected(parts.scheme, str(parts.hostname), parts.port) as server:
                if parts.username is not None:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as refused:
            raise TemporaryFailure(f"mail: {type(refused).__name__}") from refused


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    """Connect; `smtp` switches to TLS where the server offers it, `smtps` begins with it."""
    if scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    return server
