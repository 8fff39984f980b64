"""connect: the way to the setup page, for the company or for oneself."""

from __future__ import annotations

from bot import connecting
from bot.context import Context, command
from bot.reply import Reply
from models.errors import Refused


@command("connect", usage="[me]", says="Connect Pipedrive, or yourself, in the browser")
def connect(context: Context) -> Reply:
    said = [word.lower() for word in context.said]
    if not said:
        return connecting.offer(context)
    if said != ["me"]:
        raise Refused(told="Say connect for the company's Pipedrive, or connect me for yourself.")
    return connecting.offer_me(context)
