"""The registry of channels: one file for each kind of destination."""

from jobs.channels import chat_dm, chat_space, chat_webhook
from jobs.channels.channel import CHANNELS, ChatClients, SendRequest, address_of

__all__ = ["CHANNELS", "ChatClients", "SendRequest", "address_of", "chat_dm", "chat_space", "chat_webhook"]
