"""Destinations outside Chat: an e-mail address, and an outgoing webhook, which is a URL with a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.chance import new_id
from models.clock import now
from models.destinations.linking import add_destination_row, valid_description, valid_name
from models.errors import InvalidRequest, SecretUnreadable
from models.languages.translate import marked, tr
from models.security.signed_webhooks import is_secret, sign
from models.security.vault import Vault, associated_data
from models.tables.accounts import User
from models.tables.destinations import EMAIL, OUTGOING_WEBHOOK, Destination

LONGEST: Final = 2000
_LANES: Final = {EMAIL: "mail", OUTGOING_WEBHOOK: "hook"}
OLD_SECRET_SIGNS: Final = timedelta(hours=24)  # beside the new one, so that receivers can change it
_EMAIL: Final = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}"
)
_URL: Final = re.compile(r"https?://[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_NUMBERS: Final = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
EMAIL_HINT: Final = marked("An e-mail address looks like ada@example.com.")
URL_HINT: Final = marked("An outgoing webhook's address looks like https://example.com/pipenotify.")
SECRET_HINT: Final = marked(
    "A signing secret is whsec_ and 24 to 64 random bytes in base64, as Standard Webhooks has it."
)


@dataclass(frozen=True, slots=True)
class OutgoingWebhook:
    """Where an outgoing webhook goes and what signs it; `old_secret` signs, too, until `old_until`."""

    url: str
    secret: str
    old_secret: str = ""
    old_until: datetime | None = None

    def as_text(self) -> str:
        """Return it as the vault closes it."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_text(cls, text: str) -> OutgoingWebhook:
        """Read what `as_text` wrote."""
        known = orjson.loads(text)
        until = known["old_until"] and datetime.fromisoformat(known["old_until"])
        return cls(known["url"], known["secret"], known["old_secret"], until)

    def readdressed(self, url: str, secret: str, at: datetime) -> OutgoingWebhook:
        """Return it with another URL or secret; a secret that was replaced signs on for a day."""
        if secret == self.secret:
            return replace(self, url=url)
        return OutgoingWebhook(url, secret, self.secret, at + OLD_SECRET_SIGNS)

    def signatures(self, signed: bytes, at: datetime) -> str:
        """Return the signatures of a call: one, or two while the secret is being replaced."""
        has_old = bool(self.old_secret) and self.old_until is not None and at < self.old_until
        secrets = [self.secret, *([self.old_secret] if has_old else [])]
        return " ".join(sign(each, signed) for each in secrets)


def valid_email(text: str) -> str:
    """Return an e-mail address in small letters. Raises InvalidRequest for anything else."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidRequest.of_field("email", tr(EMAIL_HINT))
    return email


def valid_url(text: str) -> str:
    """Return a URL that we may call. Raises InvalidRequest for anything else.

    Plain http is for a host in numbers: only the operator's own ranges are called so, when they are called.
    """
    url = text.strip()
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as broken:
        raise InvalidRequest.of_field("webhook", tr(URL_HINT)) from broken
    host = parts.hostname or ""
    is_named = bool(host) and parts.username is None and port != 0 and not parts.fragment
    is_safe = parts.scheme == "https" or bool(_NUMBERS.fullmatch(host))
    if len(url) > LONGEST or not _URL.fullmatch(url) or not is_named or not is_safe:
        raise InvalidRequest.of_field("webhook", tr(URL_HINT))
    return url


def valid_secret(text: str) -> str:
    """Return a signing secret. Raises InvalidRequest for anything else; the message never contains it."""
    secret = text.strip()
    if not is_secret(secret):
        raise InvalidRequest.of_field("secret", tr(SECRET_HINT))
    return secret


def add_email_address(
    session: Session, tenant_id: int, name: str, email: str, *, description: str = ""
) -> Destination:
    """Add an e-mail address. Raises InvalidRequest for a wrong one, Conflict when the name is taken."""
    made = Destination(tenant_id=tenant_id, uid=new_id(), kind=EMAIL, address=valid_email(email))
    return _add(session, made, name, description)


def add_url(
    session: Session,
    vault: Vault,
    tenant_id: int,
    name: str,
    webhook: OutgoingWebhook,
    *,
    description: str = "",
) -> Destination:
    """Add an outgoing webhook; its URL and secret are encrypted by the vault.

    Raises InvalidRequest for a wrong one, Conflict when the name is taken.
    """
    uid = new_id()
    address = _closed(vault, tenant_id, uid, webhook)
    made = Destination(tenant_id=tenant_id, uid=uid, kind=OUTGOING_WEBHOOK, address=address)
    return _add(session, made, name, description)


def _add(session: Session, made: Destination, name: str, description: str) -> Destination:
    made.name, made.description = valid_name(name), valid_description(description)
    made.lane = f"{_LANES[made.kind]}:{made.uid}"  # nobody else writes there
    return add_destination_row(session, made)


def set_email(destination: Destination, email: str) -> None:
    """Give it another e-mail address, whatever it was paused for. Raises InvalidRequest."""
    destination.address, destination.paused_because = valid_email(email), None


def set_url(vault: Vault, destination: Destination, url: str = "", secret: str = "") -> None:
    """Give an outgoing webhook another URL or secret, empty for that which it has.

    Raises InvalidRequest, and SecretUnreadable where the old ones cannot be read and not both are given.
    """
    try:
        was = webhook_of(vault, destination)
    except SecretUnreadable:
        if not (url and secret):
            raise
        was = OutgoingWebhook(url, valid_secret(secret))
    changed = was.readdressed(url or was.url, valid_secret(secret or was.secret), now())
    destination.address = _closed(vault, destination.tenant_id, destination.uid, changed)
    destination.paused_because = None


def webhook_of(vault: Vault, destination: Destination) -> OutgoingWebhook:
    """Return an outgoing webhook's URL and secrets. Raises SecretUnreadable."""
    where = _bound(destination.tenant_id, destination.uid)
    return OutgoingWebhook.from_text(vault.open(destination.address, where))


def is_of_user(session: Session, tenant_id: int, email: str) -> bool:
    """Return whether an e-mail address belongs to a user of the tenant."""
    theirs = (User.tenant_id == tenant_id, User.email == email.strip().lower())
    return session.scalar(select(User.id).where(*theirs)) is not None


def _closed(vault: Vault, tenant_id: int, uid: str, webhook: OutgoingWebhook) -> str:
    checked = replace(webhook, url=valid_url(webhook.url), secret=valid_secret(webhook.secret))
    return vault.close(checked.as_text(), _bound(tenant_id, uid))


def _bound(tenant_id: int, uid: str) -> str:
    return associated_data(tenant_id, "destinations", "address", uid)
