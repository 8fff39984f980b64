"""Buttons that connect or disconnect Pipedrive."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply, Update
from bot.connections import connect_link, disconnect
from bot.context import Context, press
from models.accounts.rights import Action


@press("connection.show", right=Action.CONNECTION_CHANGE)
def show(context: Context) -> AfterReading:
    return connect_link.offer(context)


@press("connection.leave", right=Action.CONNECTION_CHANGE, writes=True)
def leave(context: Context) -> Reply:
    return Update(disconnect.end(context))
