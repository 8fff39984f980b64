"""connect: the way to the setup page."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.context import Context, command
from bot.reply import Reply, Say
from bot.widgets import Button, Link


@command("connect", says="Connect Pipedrive, in the browser")
def connect(context: Context) -> Reply:
    door = Button("Open the setup page", Link(context.backing.setup_url), primary=True)
    detail = "An admin signs in there and allows Pipenotify to hear what happens in Pipedrive."
    return Say(done_card("Connect Pipedrive", detail, buttons=[door]))
