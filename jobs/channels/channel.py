"""A channel: a function that sends one message to one address and returns the name it got there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.widgets import Message
from jobs.mail.smtp import Mailer
from jobs.to_chat.api import ChatApi
from jobs.to_chat.incoming_webhook import ChatWebhook
from jobs.to_webhook.client import WebhookClient
from models.deliveries.claimed import ClaimedDelivery
from models.languages.catalog import ENGLISH
from models.security.vault import Vault, associated_data
from models.settings import Settings
from models.tables.destinations import CLOSED_KINDS


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about, for channels that show no cards.

    `uid` and `lane` are those of its destination; `thread` is the key of its thread, empty for none.
    `language` is a locale. `events` tell of each event: its type, entity, id and rule.
    """

    event_type: str = ""
    rule: str = ""
    uid: str = ""
    lane: str = ""
    thread: str = ""
    language: str = ENGLISH
    made_at: datetime | None = None
    is_test: bool = False
    redacted_because: str = ""
    count: int = 1
    events: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What a channel sends. `address` is what the channel needs, already decrypted by the vault.

    `message_id` and `request_id` are the same at every attempt. `plain` asks for the plain text, after the
    card was refused. `about` is filled in for channels outside Chat.
    """

    address: str
    message: Message
    message_id: str
    request_id: str
    endpoint: str
    plain: bool = False
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class ChatClients:
    """The clients that channels may use, and the settings that they look at."""

    chat: ChatApi
    chat_webhook: ChatWebhook
    mailer: Mailer
    webhook: WebhookClient
    settings: Settings

    @classmethod
    def of(cls, settings: Settings, chat: ChatApi | None = None) -> ChatClients:
        """Return the clients that these settings make."""
        chat = chat or ChatApi(settings)
        return cls(chat, ChatWebhook(settings), Mailer(settings), WebhookClient(settings), settings)


Channel = Callable[[SendRequest, ChatClients], str]  # returns the name of the message, "" when unknown
CHANNELS: Final[dict[str, Channel]] = {}


def channel(kind: str) -> Callable[[Channel], Channel]:
    """Register a function as the channel of a kind of destination. Raises ValueError for a kind twice."""

    def register(send: Channel) -> Channel:
        if kind in CHANNELS:
            msg = f"two channels are called {kind}"
            raise ValueError(msg)
        CHANNELS[kind] = send
        return send

    return register


def address_of(head: ClaimedDelivery, vault: Vault) -> str:
    """Return the address of a delivery as its channel needs it: that of a webhook is encrypted."""
    if head.kind not in CLOSED_KINDS:
        return head.chat_name or str(head.address)
    data = associated_data(head.tenant_id, "destinations", "address", str(head.uid))
    return vault.open(str(head.address), data)


def body_of(request: SendRequest) -> dict[str, object]:
    """Return the body to post: the card, or its plain text after Chat refused the card."""
    message = request.message
    return message.as_plain_text() if request.plain else message.as_chat(request.endpoint)
