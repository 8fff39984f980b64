"""disconnect: the end of the connection, after asking."""

from __future__ import annotations

from bot import disconnecting
from bot.context import Context, command
from bot.reply import Reply, Say
from bot.widgets import Message


@command("disconnect", says="Disconnect Pipedrive, after asking")
def disconnect(context: Context) -> Reply:
    card = disconnecting.ask(context)
    return Say(Message(card, fallback_text=card.title))
