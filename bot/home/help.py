"""Lists the available commands, straight from the registry."""

from __future__ import annotations

from typing import Final

from bot.chat.reply import Reply, Say
from bot.command_line import nearest, singular
from bot.context import COMMANDS, Context
from bot.home.cards import Topic, Usage, help_card
from bot.widgets import Button, Buttons, Card, Message, Section, Text, Widget, press

TITLES: Final = {"rule": "Rules", "space": "Spaces and other destinations", "": "Pipenotify itself"}


def topics(only: str = "") -> list[Topic]:
    """Return the commands by noun; only those of `only`, or all if it is no noun."""
    grouped: dict[str, list[Usage]] = {}
    for entry in COMMANDS:
        noun, _, verb = entry.name.partition(" ")
        words = " ".join(filter(None, ("/pipenotify", "" if noun == "home" else entry.name, entry.usage)))
        grouped.setdefault(noun if verb else "", []).append(Usage(words, entry.says))
    chosen = singular(only) if only and singular(only) in grouped else None
    return [
        Topic(title, grouped[noun])
        for noun, title in TITLES.items()
        if noun in grouped and chosen in (None, noun)
    ]


def help_reply(only: str = "") -> Reply:
    return Say(help_card(topics(only)))


def unknown_command(context: Context) -> Reply:
    """Answer an unknown command: similar commands as buttons, else the whole help."""
    typed = " ".join(context.args)[:100]
    close = nearest(context.args, [entry.name for entry in COMMANDS])
    if not close:
        return Say(help_card(topics(), unknown=typed))
    buttons = [Button(name, press("phrase.say", phrase=name)) for name in close]
    rows: list[Widget] = [
        Text("Did you mean one of these?"),
        Buttons(*buttons, Button("Help", press("help.show"))),
    ]
    card = Card(f"I do not know “{typed}”", "", [Section(rows)], card_id="unknown")
    return Say(Message(card, fallback_text=f"I do not know {typed}. Did you mean {', '.join(close)}?"))
