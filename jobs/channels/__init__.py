"""The registry of channels: one file for each kind of destination."""

from jobs.channels import chat_dm, chat_space, chat_webhook, email, synthetic, webhook
from jobs.channels.channel import CHANNELS, About, ChatClients, SendRequest, address_of

__all__ = [
    "CHANNELS",
    "About",
    "ChatClients",
    "SendRequest",
    "address_of",
    "chat_dm",
    "chat_space",
    "chat_webhook",
    "email",
    "synthetic",
    "webhook",
]
