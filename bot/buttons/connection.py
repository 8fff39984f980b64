"""The buttons about the connection: the way to it, and the end of it."""

from __future__ import annotations

from bot import connecting, disconnecting
from bot.context import Context, press
from bot.reply import Reply, Update


@press("connection.show")
def show(context: Context) -> Reply:
    return connecting.offer(context)


@press("connection.leave", writes=True)
def leave(context: Context) -> Reply:
    return Update(disconnecting.end(context))
