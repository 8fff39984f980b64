"""help, about: what one can say here, and what this is."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.context import Context, command
from bot.help import help_reply
from bot.reply import Reply, Say
from bot.version import VERSION
from bot.widgets import Button, Link


@command("help", usage="[topic]", says="What you can say here")
def help_(context: Context) -> Reply:
    return help_reply(context.said[0] if context.said else "")


@command("about", says="Version and links")
def about(context: Context) -> Reply:
    base = context.backing.base_url
    facts = [("Version", VERSION), ("For", context.caller.tenant_name)]
    links = [Button("Documentation", Link(f"{base}/docs")), Button("Privacy", Link(f"{base}/privacy"))]
    what = "What happens in Pipedrive becomes a well-timed card in the right space."
    return Say(done_card("Pipenotify", what, facts=facts, buttons=links))
