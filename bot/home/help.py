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

USUAL: Final = ("rule list", "space list", "status")
TITLES: Final = {
    "rule": "Rules",
    "template": "Templates",
    "space": "Spaces and other destinations",
    "mute": "Turning noise down",
    "team": "People",
    "deal": "Deals",
    "stalled": "Stalled deals",
    "": "Pipenotify itself",
}
FIRST: Final = ("list", "new", "show", "edit", "on", "off", "test")
SAME_TOPIC: Final = {"when": "rule", "unmute": "mute", "quiet": "mute", "digest": "mute"}


def list_topics(actor: Actor | None, only: str = "") -> list[Topic]:
    """Return the commands that the actor may use, by noun; all there are for None.

    With `only`, those of one noun, or those without a noun.
    """
    grouped: dict[str, list[Usage]] = {}
    verbs: dict[str, list[str]] = {}
    for entry in sorted(_usable(actor), key=_rank):
        noun = entry.name.partition(" ")[0]
        text = " ".join(filter(None, ("/pipenotify", "" if noun == "home" else entry.name, entry.usage)))
        topic = _topic_of(noun)
        grouped.setdefault(topic, []).append(Usage(text, entry.summary))
        verbs.setdefault(topic, []).append(entry.name.removeprefix(f"{topic} "))
    chosen = _topic_of(singular_noun(only)) if only else None
    return [
        Topic(title, grouped[noun], ", ".join(verbs[noun]))
        for noun, title in TITLES.items()
        if noun in grouped and chosen in (None, noun)
    ]


def _topic_of(noun: str) -> str:
    topic = SAME_TOPIC.get(noun, noun)
    return topic if topic in TITLES else ""


def _rank(entry: Entry[Handler]) -> int:
    """Sort the usual verbs first, in the order in which people need them."""
    verb = entry.name.partition(" ")[2]
    return FIRST.index(verb) if verb in FIRST else len(FIRST)


def _usable(actor: Actor | None) -> list[Entry[Handler]]:
    return [entry for entry in COMMANDS if actor is None or actor.may(entry.right)]


def help_reply(context: Context, only: str = "") -> Reply:
    """Answer with all commands, or those of one topic; for an unknown topic with what comes near."""
    words = tuple(only.split())
    if words and singular_noun(words[0]) not in _topic_names(context.actor):
        return _answer_unknown(context.actor, f"There is no help on “{only[:60]}”", words)
    return Say(help_card(list_topics(context.actor, words[0] if words else "")))


def _topic_names(actor: Actor) -> set[str]:
    return {entry.name.partition(" ")[0] for entry in _usable(actor)}


def unknown_command(context: Context) -> Reply:
    """Answer an unknown command in one line, with the commands that come nearest as buttons."""
    typed = " ".join(context.args)[:60]
    return _answer_unknown(context.actor, f"I do not know “{typed}”", context.args)


def unknown_quick_command(context: Context) -> Reply:
    """Answer a quick command that was registered with Google but does nothing in this version."""
    return _answer_unknown(context.actor, "Pipenotify help", (), "This quick command does nothing yet.")


def explain_command(entry: Entry[Handler]) -> Reply:
    """Say how a command is written, for one that changes something and so is not done by a button of ours."""
    noun = entry.name.partition(" ")[0]
    what = f"Write /pipenotify {entry.name} {entry.usage}".strip()
    lists = [
        Button(name, press("phrase.say", phrase=name)) for name in (f"{noun} list",) if COMMANDS.get(name)
    ]
    buttons = [*lists, Button("All commands", press("help.show"))]
    card = Card(
        entry.name.capitalize(), entry.summary, [Section([Text(what), Buttons(*buttons)])], card_id="how"
    )
    return Say(Message(card, fallback_text=what))


def _answer_unknown(actor: Actor, what: str, words: tuple[str, ...], why: str = "") -> Reply:
    usable = [entry.name for entry in _usable(actor)]
    close = nearest_commands(words, usable)
    shown = close or [name for name in USUAL if name in usable]
    buttons = [Button(name, press("phrase.say", phrase=name)) for name in shown]
    rows: list[Widget] = [
        Text("Did you mean one of these?" if close else f"{why} These may help:".strip()),
        Buttons(*buttons, Button("All commands", press("help.show"))),
    ]
    card = Card(what, "", [Section(rows)], card_id="unknown")
    return Say(Message(card, fallback_text=f"{what}. Did you mean {', '.join(shown)}?"))
