"""connect: links to the setup page, for the company or for oneself."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply, Say
from bot.connections import connect_link
from bot.connections import disconnect as disconnecting
from bot.context import Context, command
from bot.widgets import Message
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr


@command("connect", right=Action.CONNECTION_CHANGE, summary="Connect Pipedrive in the browser")
def connect(context: Context) -> AfterReading:
    if context.args:
        raise InvalidRequest(
            user_message=tr("Say connect for the company's Pipedrive, or connect me for yourself.")
        )
    return connect_link.offer(context)


@command("connect me", right=Action.CARD_PRESS, summary="Connect yourself, in the browser")
def connect_me(context: Context) -> AfterReading:
    return connect_link.offer_me(context)


@command("disconnect", right=Action.CONNECTION_CHANGE, summary="Disconnect Pipedrive, after asking")
def disconnect(context: Context) -> Reply:
    card = disconnecting.ask(context)
    return Say(Message(card, fallback_text=card.title))
