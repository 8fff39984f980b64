"""log: what was sent, what failed, what waits."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.deliveries import actions as delivery_actions
from bot.deliveries import queries as delivery_queries
from bot.widgets import Button, press
from models.errors import InvalidRequest


@command("log", usage="[failed|held] [rule <number or name>]", says="What was sent, what failed, what waits")
def log(context: Context) -> Reply:
    return Say(delivery_queries.page_of(context, delivery_queries.asked(context, context.said)))


@command("retry", usage="<delivery number or failed>", says="Send again what failed", writes=True)
def retry(context: Context) -> Reply:
    words = [word.lower() for word in context.said]
    if words == [delivery_actions.FAILED]:
        return Say(delivery_actions.retry_failed(context))
    if len(words) != 1:
        raise InvalidRequest(
            user_message="Which delivery? Say its number, as the log shows it, or failed for all of them."
        )
    what = delivery_actions.retry(context, words[0])
    return Say(done_card(what, buttons=[Button("Log", press("log.show"), primary=True)]))
