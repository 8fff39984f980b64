"""log: what was sent, what failed, what waits."""

from __future__ import annotations

from bot import delivery_log
from bot.context import Context, command
from bot.reply import Reply, Say


@command("log", usage="[failed|held] [rule <number or name>]", says="What was sent, what failed, what waits")
def log(context: Context) -> Reply:
    return Say(delivery_log.page_of(context, delivery_log.asked(context, context.said)))
