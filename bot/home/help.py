"""Help: the registered commands by topic, and suggestions for a command that does not exist."""

from __future__ import annotations

from typing import Final

from bot.chat.reply import Reply, Say
from bot.command_line import nearest_commands, singular_noun
from bot.context import COMMANDS, Context, Handler
from bot.home.cards import Topic, Usage, help_card
from bot.registry import Entry
from bot.widgets import Button, Buttons, Card, Message, Section, Text, Widget, press
from models.accounts.actor import Actor

TITLES: Final = {"rule": "Rules", "space": "Spaces and other destinations", "": "Pipenotify itself"}


def list_topics(actor: Actor | None, only: str = "") -> list[Topic]:
    """Return the commands that the actor may use, by noun; all there are for None.

    With `only`, those of one noun, or all where no noun has this name.
    """
    grouped: dict[str, list[Usage]] = {}
    for entry in _usable(actor):
        noun, _, verb = entry.name.partition(" ")
        text = " ".join(filter(None, ("/pipenotify", "" if noun == "home" else entry.name, entry.usage)))
        grouped.setdefault(noun if verb and noun in TITLES else "", []).append(Usage(text, entry.summary))
    chosen = singular_noun(only) if only and singular_noun(only) in grouped else None
    return [
        Topic(title, grouped[noun])
        for noun, title in TITLES.items()
        if noun in grouped and chosen in (None, noun)
    ]


def _usable(actor: Actor | None) -> list[Entry[Handler]]:
    return [entry for entry in COMMANDS if actor is None or actor.may(entry.right)]


def help_reply(context: Context, only: str = "") -> Reply:
    return Say(help_card(list_topics(context.actor, only)))


def unknown_command(context: Context) -> Reply:
    """Answer an unknown command: similar commands as buttons, or the whole help where there are none."""
    typed = " ".join(context.args)[:100]
    close = nearest_commands(context.args, [entry.name for entry in _usable(context.actor)])
    if not close:
        return Say(help_card(list_topics(context.actor), unknown=typed))
    buttons = [Button(name, press("phrase.say", phrase=name)) for name in close]
    rows: list[Widget] = [
        Text("Did you mean one of these?"),
        Buttons(*buttons, Button("Help", press("help.show"))),
    ]
    card = Card(f"I do not know “{typed}”", "", [Section(rows)], card_id="unknown")
    return Say(Message(card, fallback_text=f"I do not know {typed}. Did you mean {', '.join(close)}?"))
