"""Alerts by mail."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate

from jobs.mail.smtp import Mailer
from models.operating.alerts.codes import Alert
from models.settings import Settings


class MailSink:
    """Sends to ALERT_EMAIL."""

    def __init__(self, settings: Settings) -> None:
        self._to = str(settings.alert_email)
        self._from = settings.alert_from or self._to
        self._base_url = settings.base_url
        self._prefix = settings.alert_prefix
        self._mailer = Mailer(settings)

    def send(self, alert: Alert) -> None:
        mail = EmailMessage()
        mail["Subject"] = f"{self._prefix}{alert.title}"
        mail["To"], mail["From"] = self._to, self._from
        mail["Date"], mail["Message-ID"] = formatdate(), f"<{alert.id}@pipenotify>"
        mail.set_content(f"{alert.words}\n{self._base_url}")
        self._mailer.send(mail)
