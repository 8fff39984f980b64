"""Buttons that connect or disconnect Pipedrive."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply, Update
from bot.connections import connect_link, disconnect
from bot.context import Context, press


@press("connection.show")
def show(context: Context) -> AfterReading:
    return connect_link.offer(context)


@press("connection.leave", writes=True)
def leave(context: Context) -> Reply:
    return Update(disconnect.end(context))
