"""The shelf of channels: one file for each kind of destination."""

from jobs.channels import chat_dm, chat_space, chat_webhook
from jobs.channels.channel import CHANNELS, Parcel, Sent, Wires

__all__ = ["CHANNELS", "Parcel", "Sent", "Wires", "chat_dm", "chat_space", "chat_webhook"]
