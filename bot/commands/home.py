"""The home card, and how things stand."""

from __future__ import annotations

from bot import standing
from bot.cards.home import home_card
from bot.cards.status import status_card
from bot.context import Context, command
from bot.reply import Reply, Say


@command("home", says="What is on, what waits, what to do next")
def home(context: Context) -> Reply:
    return Say(home_card(standing.home(context)))


@command("status", says="Connection, quota, what was sent and what failed")
def status(context: Context) -> Reply:
    trouble, reconnect = standing.trouble(context.session, context.tenant_id)
    return Say(status_card(standing.status_facts(context), trouble=trouble, reconnect=reconnect))
