"""connect: links to the setup page, for the company or for oneself."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply, Say
from bot.connections import connect_link
from bot.connections import disconnect as disconnecting
from bot.context import Context, command
from bot.widgets import Message
from models.errors import InvalidRequest


@command("connect", usage="[me]", summary="Connect Pipedrive, or yourself, in the browser")
def connect(context: Context) -> AfterReading:
    args = [word.lower() for word in context.args]
    if not args:
        return connect_link.offer(context)
    if args != ["me"]:
        raise InvalidRequest(
            user_message="Say connect for the company's Pipedrive, or connect me for yourself."
        )
    return connect_link.offer_me(context)


@command("disconnect", summary="Disconnect Pipedrive, after asking")
def disconnect(context: Context) -> Reply:
    card = disconnecting.ask(context)
    return Say(Message(card, fallback_text=card.title))
