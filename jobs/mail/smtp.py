"""Sends mails by SMTP; what the server answers decides whether one is sent again.

smtplib limits the time of each read and write, not their sum.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from jobs.to_servers.deadline import ends_within, time_left
from jobs.to_servers.sockets import connect, reader
from models.errors import AppError, DestinationGone, PermanentFailure, TemporaryFailure
from models.languages.translate import for_later
from models.settings import Settings

TIMEOUT_S: Final = 15.0  # of a single step
IN_ALL_S: Final = 20.0  # from connecting to the end
NO_MAILBOX: Final = "5.1."  # how the extended codes of a wrong address begin (RFC 3463)


class Mailer:
    """Sends mails through the server of SMTP_URL, each by a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._server = urlsplit(settings.smtp_url)
        self._own_name = _own_name(settings.base_url)

    def send(self, mail: EmailMessage) -> None:
        """Send one mail to all whom it names.

        Raises TemporaryFailure while the server is away or asks to come again (4xx), DestinationGone for an
        address that it does not know, and PermanentFailure for a mail that it refuses (5xx).
        """
        try:
            with ends_within(IN_ALL_S, each_s=TIMEOUT_S):
                self._send(mail)
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

    def _send(self, mail: EmailMessage) -> None:
        server = self._server
        wire = _connected(server.scheme, str(server.hostname), server.port, self._own_name)
        try:
            if server.username is not None:
                _sign_in(wire, unquote(server.username), unquote(server.password or ""))
            wire.send_message(mail)
        finally:
            _hang_up(wire)


def _refusal(code: int, text: bytes | str) -> AppError:
    answer = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(letter if letter.isprintable() else " " for letter in answer)[:200]
    reason = for_later("the mail server refused it: {code} {text}", code=code, text=shown)
    if not 500 <= code < 600:
        return TemporaryFailure(reason, http_status=code)
    return (DestinationGone if answer.startswith(NO_MAILBOX) else PermanentFailure)(reason, http_status=code)


def _own_name(base_url: str) -> str:
    """Return how we greet a server: smtplib would look our name up, which may take long."""
    host = str(urlsplit(base_url).hostname)
    try:
        number = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{number}]" if number.version == 6 else f"[{number}]"


def _sign_in(wire: smtplib.SMTP, user: str, password: str) -> None:
    try:
        wire.login(user, password)
    except smtplib.SMTPNotSupportedError:
        why = for_later("the mail server takes no user and password, as SMTP_URL has them")
        raise TemporaryFailure(why) from None


def _hang_up(wire: smtplib.SMTP) -> None:
    """End the connection. What goes wrong now says nothing about the mail, which was taken or refused."""
    try:
        wire.quit()
    except (smtplib.SMTPException, OSError):
        wire.close()


def _connected(scheme: str, host: str, port: int | None, own_name: str) -> smtplib.SMTP:
    """Connect; `smtp` switches to TLS where the server offers it, `smtps` begins with it."""
    if scheme == "smtps":
        return _SecureTalk(host, port or 465, own_name, context=ssl.create_default_context())
    server = _Talk(host, port or 25, own_name)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    return server


class _Talk(smtplib.SMTP):
    """A conversation whose steps end in time."""

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        return connect(host, port)

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(time_left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = reader(self.sock)
        answer = super().getreply()
        if self.sock is not None:
            with suppress(TimeoutError):  # an answer that has come counts
                self.sock.settimeout(time_left())  # for the handshake of STARTTLS, which comes next
        return answer


class _SecureTalk(smtplib.SMTP_SSL, _Talk):
    """The same, by TLS from its beginning."""
