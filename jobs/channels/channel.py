"""A channel: a function that sends one message to one address and returns the name it got there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.widgets import Message
from jobs.to_chat.api import ChatApi
from jobs.to_chat.incoming_webhook import ChatWebhook
from models.deliveries.claimed import ClaimedDelivery
from models.security.vault import Vault, associated_data


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What a channel sends. `address` is what the channel needs, already decrypted by the vault.

    `message_id` and `request_id` are the same at every attempt. `plain` asks for the plain text, after the
    card was refused.
    """

    address: str
    message: Message
    message_id: str
    request_id: str
    endpoint: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class ChatClients:
    """The clients that channels may use."""

    chat: ChatApi
    chat_webhook: ChatWebhook


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
    """Return the address of a delivery as its channel needs it: that of an incoming webhook is encrypted."""
    if head.kind != "chat_webhook":
        return head.chat_name or str(head.address)
    data = associated_data(head.tenant_id, "destinations", "address", str(head.uid))
    return vault.open(str(head.address), data)


def body_of(request: SendRequest) -> dict[str, object]:
    """Return the body to post: the card, or its plain text after Chat refused the card."""
    message = request.message
    return message.as_plain_text() if request.plain else message.as_chat(request.endpoint)
