"""The channel of synthetic events: it sends nothing, and takes everything."""

from __future__ import annotations

from jobs.channels.channel import ChatClients, SendRequest, channel
from models.tables.destinations import SYNTHETIC


@channel(SYNTHETIC)
def send(_request: SendRequest, _clients: ChatClients) -> str:
    """Take a rendered message; it has no name, as it is nowhere."""
    return ""
