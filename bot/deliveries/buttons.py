"""The buttons on the log. If an action is no longer possible, the card says so and is refreshed."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.deliveries.log import log_page, view_of_button
from bot.deliveries.retry import retry_one
from models.errors import InvalidRequest, NotFound


@press("log.show")
def show(context: Context) -> Reply:
    return Update(log_page(context, view_of_button(context)))


@press("log.retry", writes=True)
def retry(context: Context) -> Reply:
    try:
        notice = retry_one(context, context.interaction.parameters.get("delivery", ""))
    except (InvalidRequest, NotFound) as wrong:
        notice = wrong.user_message
    return Update(log_page(context, replace(view_of_button(context), notice=notice)))
