"""An e-mail address, by SMTP: the facts of the card as text and as HTML."""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from bot.cards.mail import mail_of
from jobs.channels.channel import About, ChatClients, SendRequest, channel
from jobs.to_chat.staging import require_outside_chat
from models.clock import now
from models.errors import PermanentFailure
from models.languages.translate import for_later, speaking
from models.security.signed_links import UNSUBSCRIBE, sign
from models.settings import Settings

SENDER: Final = "Pipenotify"
UNSUBSCRIBE_PATH: Final = "/unsubscribe"
AS_THEY_ARE: Final = ("List-Unsubscribe", "In-Reply-To", "References", "Message-ID")


class _OneLine(EmailPolicy):
    """Writes headers of links and ids as they are: the standard one would encode those that are long."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name in AS_THEY_ARE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return (
            self.fold(name, value).encode("ascii")
            if name in AS_THEY_ARE
            else super().fold_binary(name, value)
        )


@channel("email")
def send(request: SendRequest, clients: ChatClients) -> str:
    """Send a mail; its Message-ID is the same at every attempt. Returns no name: mails are not changed."""
    settings = clients.settings
    require_outside_chat(settings)
    if settings.mail_from is None:
        raise PermanentFailure(for_later("mail is not set up here: MAIL_FROM"))
    clients.mailer.send(mail_for(request, settings, settings.mail_from))
    return ""


def mail_for(request: SendRequest, settings: Settings, sender: str) -> EmailMessage:
    """Return the mail of a request. No header can hold a line break: each is one clean line."""
    about, host = request.about, str(urlsplit(settings.base_url).hostname)
    leave = unsubscribe_url(settings, about.uid)
    with speaking(about.language):
        body = mail_of(request.message, request.endpoint, rule=about.rule, unsubscribe_url=leave)
    mail = EmailMessage(policy=_OneLine())
    mail["Subject"] = body.subject
    mail["From"] = Address(SENDER, addr_spec=sender)
    mail["To"] = Address(addr_spec=request.address)
    mail["Date"], mail["Message-ID"] = format_datetime(now()), f"<{request.message_id}@{host}>"
    if thread := _thread_id(about, host):
        mail["In-Reply-To"], mail["References"] = thread, thread
    mail["List-Unsubscribe"] = f"<{leave}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body.text)
    mail.add_alternative(body.html, subtype="html")
    return mail


def unsubscribe_url(settings: Settings, uid: str) -> str:
    """Return the page that switches a destination off; its link is signed, and works without signing in."""
    return f"{settings.base_url}{UNSUBSCRIBE_PATH}/{sign(settings.secret_key, UNSUBSCRIBE, uid)}"


def _thread_id(about: About, host: str) -> str:
    """Return the id that all mails of one thread refer to, so that programs show them together."""
    if not about.thread:
        return ""
    key = hashlib.sha256(f"{about.lane}:{about.thread}".encode()).hexdigest()[:32]
    return f"<thread-{key}@{host}>"
