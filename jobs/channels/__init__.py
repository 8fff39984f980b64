"""The shelf of channels: one file for each kind of destination."""

from jobs.channels import chat_dm, chat_space, chat_webhook
from jobs.channels.channel import CHANNELS, ChatClients, SendRequest, Sent

__all__ = ["CHANNELS", "ChatClients", "SendRequest", "Sent", "chat_dm", "chat_space", "chat_webhook"]
