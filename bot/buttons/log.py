"""The buttons on the log. What cannot be done any more is told on the same card, as it is now."""

from __future__ import annotations

from dataclasses import replace

from bot import delivery_acts, delivery_log
from bot.context import Context, press
from bot.reply import Reply, Update
from models.errors import NotFound, Refused


@press("log.show")
def show(context: Context) -> Reply:
    return Update(delivery_log.page_of(context, delivery_log.pressed(context)))


@press("log.retry", writes=True)
def retry(context: Context) -> Reply:
    try:
        notice = delivery_acts.retry(context, context.interaction.parameters.get("delivery", ""))
    except (Refused, NotFound) as wrong:
        notice = wrong.told
    return Update(delivery_log.page_of(context, replace(delivery_log.pressed(context), notice=notice)))
