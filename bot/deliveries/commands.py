"""log: what was sent, what failed, what waits."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.deliveries.log import log_page, view_of_args
from bot.deliveries.retry import FAILED, retry_failed, retry_one
from bot.widgets import Button, press
from models.errors import InvalidRequest


@command("log", usage="[failed|held] [rule <number or name>]", says="What was sent, what failed, what waits")
def log(context: Context) -> Reply:
    return Say(log_page(context, view_of_args(context, context.args)))


@command("retry", usage="<delivery number or failed>", says="Send again what failed", writes=True)
def retry(context: Context) -> Reply:
    words = [word.lower() for word in context.args]
    if words == [FAILED]:
        return Say(retry_failed(context))
    if len(words) != 1:
        raise InvalidRequest(
            user_message="Which delivery? Say its number, as the log shows it, or failed for all of them."
        )
    what = retry_one(context, words[0])
    return Say(done_card(what, buttons=[Button("Log", press("log.show"), primary=True)]))
