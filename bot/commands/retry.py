"""retry: what failed goes again."""

from __future__ import annotations

from bot import delivery_acts
from bot.cards.done import done_card
from bot.context import Context, command
from bot.reply import Reply, Say
from bot.widgets import Button, press
from models.errors import Refused


@command("retry", usage="<delivery number or failed>", says="Send again what failed", writes=True)
def retry(context: Context) -> Reply:
    words = [word.lower() for word in context.said]
    if words == [delivery_acts.FAILED]:
        return Say(delivery_acts.retry_failed(context))
    if len(words) != 1:
        raise Refused(told="Which delivery? Say its number, as the log shows it, or failed for all of them.")
    what = delivery_acts.retry(context, words[0])
    return Say(done_card(what, buttons=[Button("Log", press("log.show"), primary=True)]))
