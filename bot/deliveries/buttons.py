"""The buttons on the log. What cannot be done any more is told on the same card, as it is now."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.deliveries import actions as delivery_actions
from bot.deliveries import queries as delivery_queries
from models.errors import InvalidRequest, NotFound


@press("log.show")
def show(context: Context) -> Reply:
    return Update(delivery_queries.page_of(context, delivery_queries.pressed(context)))


@press("log.retry", writes=True)
def retry(context: Context) -> Reply:
    try:
        notice = delivery_actions.retry(context, context.interaction.parameters.get("delivery", ""))
    except (InvalidRequest, NotFound) as wrong:
        notice = wrong.user_message
    return Update(
        delivery_queries.page_of(context, replace(delivery_queries.pressed(context), notice=notice))
    )
