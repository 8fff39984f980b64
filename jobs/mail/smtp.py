"""Sends mails by SMTP; what the server answers decides whether one is sent again."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from models.errors import AppError, DestinationGone, PermanentFailure, TemporaryFailure
from models.languages.translate import for_later
from models.settings import Settings

TIMEOUT_S: Final = 15.0
NO_MAILBOX: Final = "5.1."  # how the extended codes of a wrong address begin (RFC 3463)


class Mailer:
    """Sends mails through the server of SMTP_URL, each by a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._server = urlsplit(settings.smtp_url)

    def send(self, mail: EmailMessage) -> None:
        """Send one mail to all whom it names.

        Raises TemporaryFailure while the server is away or asks to come again (4xx), DestinationGone for an
        address that it does not know, and PermanentFailure for a mail that it refuses (5xx).
        """
        server = self._server
        try:
            wire = _connected(server.scheme, str(server.hostname), server.port)
            try:
                if server.username is not None:
                    wire.login(unquote(server.username), unquote(server.password or ""))
                wire.send_message(mail)
            finally:
                _hang_up(wire)
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = next(iter(refused.recipients.values()))
            raise _refusal(code, text) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            raise _refusal(refused.smtp_code, refused.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise PermanentFailure(for_later("the mail server cannot write to such an address")) from None
        except (smtplib.SMTPException, OSError) as away:
            why = for_later("the mail server did not answer ({what})", what=type(away).__name__)
            raise TemporaryFailure(why) from away


def _refusal(code: int, text: bytes | str) -> AppError:
    answer = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(letter if letter.isprintable() else " " for letter in answer)[:200]
    reason = for_later("the mail server refused it: {code} {text}", code=code, text=shown)
    if not 500 <= code < 600:
        return TemporaryFailure(reason, http_status=code)
    return (DestinationGone if answer.startswith(NO_MAILBOX) else PermanentFailure)(reason, http_status=code)


def _hang_up(wire: smtplib.SMTP) -> None:
    """End the connection. What goes wrong now says nothing about the mail, which was taken or refused."""
    try:
        wire.quit()
    except (smtplib.SMTPException, OSError):
        wire.close()


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
